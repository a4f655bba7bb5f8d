/** Texts of nodes that were asked for live a moment ago. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/knowledge.ts";
import type { ModelCode } from "../sources/source.ts";

/** Characters held at most, about twice as many bytes. */
const MAX_CHARACTERS = 8_000_000;

/** Holds texts for the TTL, or until something new was published: the definition may be another by then. */
export class CodeCache {
  readonly #texts: LRUCache<string, ModelCode> | null;
  #edition = 0;

  /** A `ttl_ms` of 0 holds nothing. */
  constructor(clock: Clock, ttl_ms: number) {
    this.#texts =
      ttl_ms <= 0
        ? null
        : new LRUCache<string, ModelCode>({
            maxSize: MAX_CHARACTERS,
            sizeCalculation: ({ raw_sql, compiled_sql }) =>
              1 + (raw_sql?.length ?? 0) + (compiled_sql?.length ?? 0),
            ttl: ttl_ms,
            // 0: asks the clock each time instead of setting a timer.
            ttlResolution: 0,
            perf: clock,
          });
  }

  /** The text that is held, else the one that `ask` brings. */
  async get(name: string, ask: () => Promise<ModelCode>): Promise<ModelCode> {
    const held = this.#texts?.get(name);
    if (held !== undefined) return held;
    const edition = this.#edition;
    const code = await ask();
    if (edition === this.#edition) this.#texts?.set(name, code);
    return code;
  }

  clear(): void {
    this.#edition += 1;
    this.#texts?.clear();
  }
}
