/** Fingerprints of staged rows, which do not depend on how a load numbers its words or orders its rows. */
import type { NumberColumn } from "./staged-rows.ts";

/** Two sums of 32 bits each: one alone would meet another by chance too often. */
const SEEDS = [0x811c9dc5, 0x2f0b4c47] as const;
const PRIME = 0x01000193;

export class Digests {
  /** Hashes by the word's number, per seed. */
  readonly #words: [number[], number[]] = [[], []];

  /** Takes the next word of the load. */
  addWord(word: string): void {
    let [first, second]: [number, number] = [...SEEDS];
    for (let at = 0; at < word.length; at++) {
      const code = word.charCodeAt(at);
      first = Math.imul(first ^ code, PRIME);
      second = Math.imul(second ^ code, 0x5bd1e995);
      second ^= second >>> 15;
    }
    this.#words[0].push(first | 0);
    this.#words[1].push(second | 0);
  }

  /** The fingerprint of `length` rows of these columns: integers are words, the rest numbers. */
  rows(columns: readonly NumberColumn[], length: number): string {
    const sums = SEEDS.map((seed, which) => {
      const words = this.#words[which] ?? [];
      let sum = 0;
      for (let row = 0; row < length; row++) {
        let hash: number = seed;
        for (const column of columns) {
          const value = column[row] ?? Number.NaN;
          hash = mixed(hash, column instanceof Int32Array ? (words[value] ?? 0) : numberHash(value));
        }
        sum = (sum + hash) | 0;
      }
      return sum;
    });
    return [length, ...sums].map((part) => `${(part >>> 0).toString(16)}.`).join("");
  }
}

function mixed(hash: number, value: number): number {
  const next = Math.imul(hash ^ value, PRIME);
  return next ^ (next >>> 13);
}

/** Thousandths and what is above 32 bits count; nothing here is finer or larger. */
function numberHash(value: number): number {
  if (!Number.isFinite(value)) return -1;
  return Math.round(value * 1000) ^ Math.trunc(value / 4_294_967_296);
}
