/** A queue that gives the smallest first, by a number; equal ones in any order. */
export class Heap<T> {
  readonly #items: { rank: number; item: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(rank: number, item: T): void {
    const items = this.#items;
    items.push({ rank, item });
    for (let at = items.length - 1; at > 0; ) {
      const above = (at - 1) >> 1;
      if (this.#rank(above) <= rank) break;
      this.#swap(at, above);
      at = above;
    }
  }

  /** The smallest, taken out; undefined of nothing. */
  pop(): { rank: number; item: T } | undefined {
    const items = this.#items;
    this.#swap(0, items.length - 1);
    const first = items.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = this.#rank(right) < this.#rank(left) ? right : left;
      if (!(this.#rank(least) < this.#rank(at))) break;
      this.#swap(at, least);
      at = least;
    }
    return first;
  }

  #rank(at: number): number {
    return this.#items[at]?.rank ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one === undefined || other === undefined) return;
    this.#items[a] = other;
    this.#items[b] = one;
  }
}
