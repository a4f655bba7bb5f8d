/**
 * Reads a JSON file of any size entry by entry.
 *
 * A manifest is one object of a few huge members. `scanEntries` walks its top level: of the members that the
 * plan names it gives the whole value, or one entry after another (members of an object, elements of an array),
 * each parsed by `JSON.parse` from its own slice; all other members are skipped unparsed. So memory holds one
 * chunk and one entry, files may be larger than a string can be, and code nobody asks for is never decoded.
 *
 * The scan is a generator that asks for more bytes, so that the same code serves a worker that reads
 * synchronously and the main thread that must not (`json-file.ts`).
 *
 * Of a member that occurs twice, `begin` is called twice; the later one counts, as in `JSON.parse`.
 */
import { type Fields, Pruner } from "./json-fields.ts";
import {
  afterSpace,
  backslashesBefore,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOfString,
  endOfValue,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "./json-scan.ts";

/** `value`: the whole value. Otherwise entry by entry, each cut down to `fields` unless they are null. */
export type Wanted = "value" | { entries: Fields | null };

/** What to read, by the names of top-level members. */
export type Plan = Readonly<Record<string, Wanted>>;

export interface Visitor {
  /** The member `key` begins; forget what an earlier member of that name brought. */
  begin?(key: string): void;
  /**
   * One entry of the member `key`: `name` is its name in an object, its index in an array, and null when the
   * value is whole. Return false to stop reading.
   */
  entry(key: string, name: string | number | null, value: unknown): boolean | undefined;
  /** An entry whose brackets close but that `JSON.parse` refuses; without this it ends the reading. */
  malformed?(key: string, name: string | number | null, offset: number): void;
}

/** Why a text could not be read: there is none, it ends too early, or it is not JSON. */
export type JsonDefect = "empty" | "short" | "wrong";

/** `offset` counts bytes from the start of the file. */
export class JsonError extends Error {
  override readonly name = "JsonError";

  constructor(
    message: string,
    readonly offset: number,
    readonly defect: JsonDefect = "wrong",
  ) {
    super(message);
  }
}

/** The bytes in sight. The reader refills it; the scan only looks. */
export interface Window {
  bytes: Uint8Array;
  /** Where in the file `bytes` begins. */
  offset: number;
  /** True when no bytes follow. */
  ended: boolean;
}

/**
 * Walks the top-level object of the text in `window`. Yields the index of the first byte that is still needed
 * whenever it needs more: the reader then drops what is before it and adds bytes behind, or sets `ended`.
 * Throws `JsonError`.
 */
export function* scanEntries(window: Window, plan: Plan, visitor: Visitor): Generator<number, void, void> {
  const pruner = new Pruner();
  const wanted = new Map(Object.entries(plan));
  let at = 0;

  const fail = (message: string, where: number): JsonError => new JsonError(message, window.offset + where);
  const cutShort = (): JsonError =>
    new JsonError("the text ends too early", window.offset + window.bytes.length, "short");

  /** Moves to the next byte that is not white space and gives it. */
  function* next(): Generator<number, number, void> {
    for (;;) {
      at = afterSpace(window.bytes, at);
      const byte = window.bytes[at];
      if (byte !== undefined) return byte;
      if (window.ended) throw cutShort();
      yield at;
      at = 0;
    }
  }

  /** Moves past the value at `at`, with all of it in the window, and gives where it begins. */
  function* value(fields: Fields | null): Generator<number, number, void> {
    for (;;) {
      const { bytes } = window;
      const prune = fields !== null && bytes[at] === OPEN_BRACE;
      const end = prune ? pruner.prune(bytes, at, fields) : endOfValue(bytes, at);
      if (end === -2) throw fail("an object is not well formed", at);
      if (end !== -1) {
        const start = at;
        if (end === start) throw fail("a value is missing", at);
        at = end;
        return start;
      }
      if (window.ended) throw cutShort();
      yield at;
      at = 0;
    }
  }

  function parse(key: string, name: string | number | null, start: number, pruned: boolean): unknown {
    const { bytes, offset } = window;
    try {
      if (pruned) return JSON.parse(pruner.text());
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start).toString("utf8"));
    } catch {
      if (!visitor.malformed) throw fail("a value is not valid JSON", start);
      visitor.malformed(key, name, offset + start);
      return undefined;
    }
  }

  /** Reads the string at `at`. */
  function* string(): Generator<number, string, void> {
    if ((yield* next()) !== QUOTE) throw fail("a name in quotes was expected", at);
    const start = yield* value(null);
    const { bytes } = window;
    const slice = Buffer.from(bytes.buffer, bytes.byteOffset + start, at - start);
    if (!slice.includes(0x5c)) return slice.toString("utf8", 1, slice.length - 1);
    try {
      return String(JSON.parse(slice.toString("utf8")));
    } catch {
      throw fail("a name is not valid JSON", start);
    }
  }

  /** Moves past the value at `at` without keeping any of it in memory. */
  function* skip(): Generator<number, void, void> {
    const first = window.bytes[at];
    if (first !== QUOTE && first !== OPEN_BRACE && first !== OPEN_BRACKET) {
      yield* value(null);
      return;
    }
    let depth = 0;
    let inString = false;
    for (;;) {
      const { bytes } = window;
      let segment = at;
      while (at < bytes.length) {
        if (inString) {
          const end = endOfString(bytes, at);
          if (end === -1) break;
          at = end;
          inString = false;
          if (depth === 0) return;
          continue;
        }
        const byte = bytes[at] ?? 0;
        at++;
        if (byte === QUOTE) {
          inString = true;
          segment = at;
        } else if ((byte | 0x20) === OPEN_BRACE) depth++;
        else if ((byte | 0x20) === CLOSE_BRACE) {
          depth--;
          if (depth === 0) return;
        }
      }
      if (window.ended) throw cutShort();
      // An odd number of backslashes at the end escapes the first byte to come: keep the last one in sight.
      const escapes = inString && backslashesBefore(bytes, bytes.length, segment) % 2 === 1;
      yield escapes ? bytes.length - 1 : bytes.length;
      at = 0;
    }
  }

  /** Gives the entries of the container at `at`; false when the visitor wants no more. */
  function* entries(key: string, fields: Fields | null): Generator<number, boolean, void> {
    const isObject = window.bytes[at] === OPEN_BRACE;
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
    at++;
    if ((yield* next()) === close) {
      at++;
      return true;
    }
    for (let index = 0; ; index++) {
      let name: string | number = index;
      if (isObject) {
        name = yield* string();
        if ((yield* next()) !== COLON) throw fail("a colon was expected", at);
        at++;
      }
      const opens = yield* next();
      const start = yield* value(fields);
      const parsed = parse(key, name, start, fields !== null && opens === OPEN_BRACE);
      if (parsed !== undefined && visitor.entry(key, name, parsed) === false) return false;
      const follows = yield* next();
      at++;
      if (follows === close) return true;
      if (follows !== COMMA) throw fail("a comma was expected", at - 1);
      yield* next();
    }
  }

  /** Reads one member of the top level; false when the visitor wants no more. */
  function* member(): Generator<number, boolean, void> {
    const key = yield* string();
    if ((yield* next()) !== COLON) throw fail("a colon was expected", at);
    at++;
    const first = yield* next();
    const want = wanted.get(key);
    if (want === undefined) {
      yield* skip();
      return true;
    }
    visitor.begin?.(key);
    if (want !== "value" && (first === OPEN_BRACE || first === OPEN_BRACKET)) {
      return yield* entries(key, want.entries);
    }
    const start = yield* value(null);
    const parsed = parse(key, null, start, false);
    return want !== "value" || parsed === undefined || visitor.entry(key, null, parsed) !== false;
  }

  // A byte order mark is no part of JSON, but Windows tools write it.
  while (window.bytes.length < 3 && !window.ended) yield 0;
  if (window.bytes[0] === 0xef && window.bytes[1] === 0xbb && window.bytes[2] === 0xbf) at = 3;
  while (afterSpace(window.bytes, at) === window.bytes.length && !window.ended) yield 0;
  if (afterSpace(window.bytes, at) === window.bytes.length)
    throw new JsonError("the text is empty", 0, "empty");
  if ((yield* next()) !== OPEN_BRACE) throw fail("the text is not a JSON object", at);
  at++;
  if ((yield* next()) === CLOSE_BRACE) at++;
  else {
    for (;;) {
      if (!(yield* member())) return;
      const follows = yield* next();
      at++;
      if (follows === CLOSE_BRACE) break;
      if (follows !== COMMA) throw fail("a comma was expected", at - 1);
      yield* next();
    }
  }
  for (;;) {
    at = afterSpace(window.bytes, at);
    if (at < window.bytes.length) throw fail("something follows the end of the JSON object", at);
    if (window.ended) return;
    yield at;
    at = 0;
  }
}
