/** The main thread's end of the writer: one thread per store in a process, started when it is first needed. */
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { cancelled, RunlensError, throwIfCancelled } from "../errors.ts";
import { workerLimits, workerUrl } from "../worker.ts";
import type { Published, Row, SqlAnswer, SqlQuestion, SqlValue } from "./port.ts";
import {
  type Answer,
  type Call,
  fromFailure,
  type Reply,
  type Request,
  type Signal,
  type Standing,
} from "./protocol.ts";

/** Room for the batches on their way and the values of answers; facts lie outside V8's heap. */
const HEAP_MB = 384;

interface Pending {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Clients by folder: DuckDB in two threads on one store would be two databases. */
const shared = new Map<string, { client: WriterClient; users: number }>();

/** Writers that are ending: the next one on their store waits for them, as the lock works between processes. */
const closing = new Map<string, Promise<void>>();

/** The client of the store at `address`; null for one in memory, which nobody shares. Give it back by `leave`. */
export function joinWriter(address: string | null): { client: WriterClient; leave(): Promise<void> } {
  if (address === null) {
    const client = new WriterClient(null);
    return { client, leave: () => client.close() };
  }
  const key = canonical(resolve(address));
  const entry = shared.get(key) ?? { client: new WriterClient(key, closing.get(key)), users: 0 };
  shared.set(key, entry);
  entry.users++;
  return {
    client: entry.client,
    leave: async () => {
      if (--entry.users > 0) return;
      shared.delete(key);
      const closed = entry.client.close();
      closing.set(key, closed);
      await closed;
      if (closing.get(key) === closed) closing.delete(key);
    },
  };
}

/** One name per folder: by a second name it would get a second writer, which the lock would not keep out. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(canonical(parent), basename(path));
  }
}

export class WriterClient {
  readonly #address: string | null;
  readonly #pending = new Map<number, Pending>();
  /** Threads started so far. */
  #lives = 0;
  #worker: Worker | undefined;
  #sent = 0;
  #standing: Standing = { degraded: null, memory: null };
  #loads: Promise<unknown>;

  constructor(address: string | null, after: Promise<void> = Promise.resolve()) {
    this.#address = address;
    this.#loads = after;
  }

  /** How the writer stood when it last answered. */
  get standing(): Standing {
    return this.#standing;
  }

  /** Runs loads one after the other; waiting ends with the signal. */
  async inLine<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const before = this.#loads;
    let done: () => void = () => undefined;
    this.#loads = new Promise<void>((free) => {
      done = () => free();
    });
    try {
      await untilAborted(before, signal);
    } catch (error) {
      // Who comes next still waits for those before.
      void before.then(done);
      throw error;
    }
    try {
      return await work();
    } finally {
      done();
    }
  }

  /** Makes the database in memory, so that it can be asked before the first load. */
  async openMemory(): Promise<void> {
    await this.#call({ type: "open" });
  }

  async send(request: Request & { type: "batch" }): Promise<void> {
    await this.#call(request);
  }

  /** A port into the writer's thread. */
  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#call({ type: "port", port: port2 }, [port2]).catch(() => port1.close());
    return port1;
  }

  async publish(): Promise<Published> {
    const { published } = await this.#call({ type: "publish" });
    if (published === null) throw new Error("the writer did not say what it published");
    return published;
  }

  async discard(): Promise<void> {
    if (this.#worker !== undefined) await this.#call({ type: "discard" });
  }

  async invalidate(sourceIds: readonly string[], prefix: string | null): Promise<void> {
    await this.#call({ type: "invalidate", sourceIds, prefix });
  }

  /** Turns the writer to memory for a reason that a reader found. */
  async degrade(reason: string): Promise<void> {
    await this.#call({ type: "degrade", reason });
  }

  async query(
    sourceIds: readonly string[],
    sql: string,
    params: readonly SqlValue[],
    signal: AbortSignal | undefined,
  ): Promise<Row[]> {
    const { rows } = await this.#stoppable({ type: "query", sourceIds, sql, params }, signal);
    return rows ?? [];
  }

  async sql(
    sourceIds: readonly string[],
    question: SqlQuestion,
    signal: AbortSignal | undefined,
  ): Promise<SqlAnswer> {
    const { sql } = await this.#stoppable({ type: "sql", sourceIds, question }, signal);
    if (sql === null) throw new Error("the writer did not answer the statement");
    return sql;
  }

  async #stoppable(request: Request, signal: AbortSignal | undefined): Promise<Answer> {
    throwIfCancelled(signal);
    const id = this.#sent + 1;
    const stop = (): void => this.#signal({ type: "stop", id });
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await this.#call(request);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Interrupts the load that is under way. */
  cancel(): void {
    this.#signal({ type: "cancel" });
  }

  /** Lets the writer finish and end by itself: to end a thread in which DuckDB works would end the process. */
  async close(): Promise<void> {
    await this.#loads;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((free) => worker.once("exit", () => free()));
    await this.#call({ type: "close" });
    worker.ref();
    await ended;
  }

  #signal(signal: Signal): void {
    this.#worker?.postMessage(signal);
  }

  #call(request: Request, transfer: MessagePort[] = []): Promise<Answer> {
    const worker = this.#start();
    const call: Call = { id: ++this.#sent, request };
    return new Promise((answered, failed) => {
      this.#pending.set(call.id, { resolve: answered, reject: failed });
      worker.ref();
      try {
        worker.postMessage(call, transfer);
      } catch (error) {
        this.#settle(call.id);
        failed(error);
      }
    });
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    // A thread that is idle does not keep the process alive.
    if (this.#pending.size === 0) this.#worker?.unref();
    return pending;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(workerUrl("writer-worker"), {
      name: "runlens-writer",
      workerData: { address: this.#address, life: this.#lives++ },
      resourceLimits: workerLimits(HEAP_MB),
    });
    worker.on("message", (reply: Reply) => {
      this.#standing = reply.standing;
      const pending = this.#settle(reply.id);
      if ("answer" in reply) pending?.resolve(reply.answer);
      else pending?.reject(fromFailure(reply.failure));
    });
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, undefined));
    this.#worker = worker;
    return worker;
  }

  /** A thread that ended takes its load with it; the next call starts another. */
  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    const error = new RunlensError(
      "INTERNAL",
      "The thread that writes the store ended while it was needed.",
      "Ask again; if it happens again, report it with the log.",
      { cause },
    );
    for (const { reject } of pending) reject(error);
  }
}

/** Waits for `promise`, or rejects with `CANCELLED` when the caller goes away first. */
function untilAborted(promise: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((free, reject) => {
    const leave = (): void => reject(cancelled(signal?.reason));
    if (signal?.aborted) return leave();
    signal?.addEventListener("abort", leave, { once: true });
    void promise.then(() => {
      signal?.removeEventListener("abort", leave);
      free();
    });
  });
}
