/** What was asked for live a moment ago: texts of nodes, logs of runs. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/knowledge.ts";

/** Characters held at most, about twice as many bytes. */
const MAX_CHARACTERS = 8_000_000;

/** Holds answers for the TTL, or until something new was published: the definition may be another by then. */
export class LiveCache<T extends object> {
  readonly #answers: LRUCache<string, T> | null;
  #edition = 0;

  /** A `ttl_ms` of 0 holds nothing; `size` is in characters. */
  constructor(clock: Clock, ttl_ms: number, size: (answer: T) => number) {
    this.#answers =
      ttl_ms <= 0
        ? null
        : new LRUCache<string, T>({
            maxSize: MAX_CHARACTERS,
            sizeCalculation: (answer) => 1 + size(answer),
            ttl: ttl_ms,
            // 0: asks the clock each time instead of setting a timer.
            ttlResolution: 0,
            perf: clock,
          });
  }

  /** The answer that is held, else the one that `ask` brings. */
  async get(name: string, ask: () => Promise<T>): Promise<T> {
    const held = this.#answers?.get(name);
    if (held !== undefined) return held;
    const edition = this.#edition;
    const answer = await ask();
    if (edition === this.#edition) this.#answers?.set(name, answer);
    return answer;
  }

  clear(): void {
    this.#edition += 1;
    this.#answers?.clear();
  }
}
