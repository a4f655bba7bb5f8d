/** How many questions are answered at once: what is too much is refused at once, so that the rest is answered. */
import { RunlensError } from "../../errors.ts";

/**
 * Questions under way at once. DuckDB answers a few at a time and the others wait in its line; a line of this length is
 * some three seconds of new questions over a large store.
 */
const MOST_AT_ONCE = 128;
/** Seconds after which a refused caller is told to come again. */
const COME_AGAIN_S = 2;

export class Admission {
  readonly #most: number;
  #underWay = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most = MOST_AT_ONCE) {
    this.#most = most;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get isFull(): boolean {
    return this.#underWay >= this.#most;
  }

  /** Throws `OVERLOADED` where nothing more would be let in now. */
  check(): void {
    if (this.isFull) throw this.refusal();
  }

  /** What is said to who comes while it is full. */
  refusal(): RunlensError {
    return new RunlensError(
      "OVERLOADED",
      `${this.#underWay} questions are being answered, which is as many as are taken at once.`,
      "Ask again in a few seconds.",
      { retryAfterS: COME_AGAIN_S },
    );
  }

  /** Does the work, or throws `OVERLOADED`. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
