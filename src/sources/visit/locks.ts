/** Work on one thing, one after the other: whoever comes second finds it done. */
import { cancelled } from "../../errors.ts";

export class Locks {
  readonly #lines = new Map<string, Promise<unknown>>();

  /** Runs `work` when all earlier work on `name` is over; with `CANCELLED` instead where nobody wants it by then. */
  async run<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#lines.get(name) ?? Promise.resolve();
    const mine = before.then(() => {
      if (signal.aborted) throw cancelled(signal.reason);
      return work();
    });
    const line = mine.catch(() => undefined);
    this.#lines.set(name, line);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(name) === line) this.#lines.delete(name);
    }
  }
}
