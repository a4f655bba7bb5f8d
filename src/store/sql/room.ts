/** Where statements of others wait for their turn: one runs at a time, in the enclosure of its generation. */
import { cancelled } from "../../errors.ts";
import type { SqlAnswer, SqlQuestion } from "../port.ts";
import { Gate } from "../queries.ts";
import { Enclosure, type Fill, LIMITS, type SqlLimits } from "./enclosure.ts";
import { isFatal, tooSlow } from "./failures.ts";

/** The facts of one generation; the same name, the same facts. */
export interface Generation {
  name: string;
  fill: Fill;
}

export class SqlRoom {
  readonly #limits: SqlLimits;
  /** One at a time: others need the threads that DuckDB's client runs on. */
  readonly #gate = new Gate(1);
  readonly #closing = new AbortController();
  #open: { name: string; enclosure: Enclosure } | undefined;

  constructor(limits: SqlLimits = LIMITS) {
    this.#limits = limits;
  }

  /** @throws RunlensError `TIMEOUT` and `CANCELLED` at once, though what runs may end a little later */
  ask(generation: Generation, question: SqlQuestion, signal: AbortSignal | undefined): Promise<SqlAnswer> {
    return new Promise((resolve, reject) => {
      this.#gate
        .run(async () => {
          const enclosure = await this.#enclosure(generation, question.projectKeys);
          await this.#run(enclosure, question, signal, { resolve, reject });
        }, signal)
        .catch(reject);
    });
  }

  /** Ends when the statement has ended; the caller may have had its answer long before. */
  async #run(
    enclosure: Enclosure,
    question: SqlQuestion,
    signal: AbortSignal | undefined,
    caller: { resolve(answer: SqlAnswer): void; reject(error: unknown): void },
  ): Promise<void> {
    const stop = new AbortController();
    const end = (error: Error): void => {
      caller.reject(error);
      stop.abort();
    };
    const leave = (): void => end(cancelled(signal?.reason));
    const timer = setTimeout(() => end(tooSlow(this.#limits.time_ms)), this.#limits.time_ms);
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    for (const each of signals) each.addEventListener("abort", leave, { once: true });
    if (signals.some((each) => each.aborted)) leave();
    try {
      caller.resolve(await enclosure.ask(question, stop.signal));
    } catch (error) {
      if (isFatal(error)) this.#empty();
      caller.reject(error);
    } finally {
      clearTimeout(timer);
      for (const each of signals) each.removeEventListener("abort", leave);
    }
  }

  async #enclosure({ name, fill }: Generation, projectKeys: readonly number[] | null): Promise<Enclosure> {
    const full = `${name} ${projectKeys?.join() ?? "all"}`;
    if (this.#open?.name === full) return this.#open.enclosure;
    this.#empty();
    const enclosure = await Enclosure.open(fill, projectKeys, this.#limits);
    this.#open = { name: full, enclosure };
    return enclosure;
  }

  #empty(): void {
    this.#open?.enclosure.close();
    this.#open = undefined;
  }

  /** Lets go of the generation that it holds, once nothing runs in it any more. */
  release(): Promise<void> {
    return this.#gate.run(async () => this.#empty());
  }

  /** Stops what runs. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.release();
  }
}
