/** Reading the entries of a JSON file: synchronously in a worker, or without blocking on the main thread. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { JsonError, type Plan, scanEntries, type Visitor, type Window } from "./json-entries.ts";

/** Bytes read at once by the worker: more of them were not faster, and the buffer may double. */
const CHUNK = 1024 * 1024;
/** Bytes looked at in one go on the main thread: about a millisecond. */
const SMALL_CHUNK = 256 * 1024;
/** An entry must fit into a string; V8 allows about 2^29 characters. */
const LARGEST_ENTRY = 512 * 1024 * 1024;

/** The bytes in sight, in one buffer that is filled again and grows only when a single entry is larger. */
export class FileWindow implements Window {
  bytes: Uint8Array = new Uint8Array(0);
  offset = 0;
  ended = false;
  #buffer: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Drops the bytes before `keep` and gives room for more. */
  room(keep: number): Uint8Array {
    this.#buffer.copyWithin(0, keep, this.#length);
    this.#length -= keep;
    this.offset += keep;
    if (this.#length > this.#buffer.length / 2) {
      if (this.#length > LARGEST_ENTRY) throw new JsonError("an entry is larger than 512 MB", this.offset);
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    return this.#buffer.subarray(this.#length);
  }

  /** Takes in `count` bytes that were written to `room`; none means the end. */
  filled(count: number): void {
    if (count === 0) this.ended = true;
    this.#length += count;
    this.bytes = this.#buffer.subarray(0, this.#length);
  }
}

export interface ReadOptions {
  /** Bytes to read at once. */
  chunk?: number;
  /** Take the text to end after so many bytes. */
  limit?: number;
}

/** Reads `path` as `scanEntries` does. Throws `JsonError`, or the error of the file system. */
export function readEntries(path: string, plan: Plan, visitor: Visitor, options: ReadOptions = {}): void {
  const file = openSync(path, "r");
  try {
    const size = Math.min(fstatSync(file).size + 1, options.limit ?? CHUNK);
    const window = new FileWindow(options.chunk ?? Math.min(Math.max(size, 64), CHUNK));
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const scan = scanEntries(window, plan, visitor);
    for (let step = scan.next(); !step.done; step = scan.next()) {
      const room = window.room(step.value);
      const count = readSync(file, room, 0, Math.min(room.length, left), null);
      left -= count;
      window.filled(count);
    }
  } finally {
    closeSync(file);
  }
}

/** The same without blocking: other work gets its turn after every chunk. Rejects when `signal` is aborted. */
export async function readEntriesGently(
  path: string,
  plan: Plan,
  visitor: Visitor,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, "r");
  try {
    const window = new FileWindow(SMALL_CHUNK);
    const scan = scanEntries(window, plan, visitor);
    for (let step = scan.next(); !step.done; step = scan.next()) {
      signal.throwIfAborted();
      const room = window.room(step.value);
      const { bytesRead } = await file.read(room, 0, Math.min(room.length, SMALL_CHUNK), null);
      window.filled(bytesRead);
      await setImmediate();
    }
  } finally {
    await file.close();
  }
}
