/**
 * Stand-ins for what belongs to an account. They are given out once all are known, in the order of the originals, so
 * that lists which were sorted stay sorted, and the same original always has the same stand-in.
 */
export class Pseudonyms {
  readonly #prefix: string;
  readonly #width: number;
  readonly #originals = new Set<string>();
  #given: Map<string, string> | null = null;

  /** Stand-ins are `prefix` and a number of `width` digits. */
  constructor(prefix: string, width: number) {
    this.#prefix = prefix;
    this.#width = width;
  }

  /** Notes an original; none can be added once the first stand-in was given. */
  add(original: string): void {
    if (this.#given !== null) throw new Error("stand-ins were given already");
    this.#originals.add(original);
  }

  /** Throws for what was never added. */
  of(original: string): string {
    this.#given ??= new Map(
      [...this.#originals].sort(inOrder).map((one, index) => {
        const number = String(index + 1).padStart(this.#width - 1, "0");
        return [one, `${this.#prefix}1${number}`];
      }),
    );
    const found = this.#given.get(original);
    if (found === undefined) throw new Error("an original that was not collected");
    return found;
  }
}

/** Numbers by their value, all else as text. */
function inOrder(one: string, other: string): number {
  const areNumbers = /^\d+$/.test(one) && /^\d+$/.test(other);
  if (areNumbers && one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : one > other ? 1 : 0;
}
