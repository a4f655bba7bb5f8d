/** Plain statistics of numbers, and groups. */

/** Arithmetic mean; null of nothing. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The middle value, which one odd run does not move; null of nothing. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** The value below which a share of the others lies, between its two neighbours in proportion; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  return quantileSorted(
    [...values].sort((a, b) => a - b),
    share,
  );
}

/** The same of values that are sorted already. */
export function quantileSorted(sorted: readonly number[], share: number): number | null {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)];
  const high = sorted[Math.ceil(place)];
  if (low === undefined || high === undefined) return null;
  return low + (high - low) * (place - Math.floor(place));
}

/** Items by a key, in the order in which they came. */
export function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** How often each of the words was found. */
export function countEach<Word extends string>(
  words: readonly Word[],
  found: Iterable<Word>,
): Record<Word, number> {
  const times = new Map<Word, number>(words.map((word) => [word, 0]));
  for (const word of found) times.set(word, (times.get(word) ?? 0) + 1);
  // The map has been given every word of the list as a key.
  return Object.fromEntries(times) as Record<Word, number>;
}
