/** Inputs are snake_case on every front end and camelCase in TypeScript; this is the one place where they meet. */

/** `last_n_runs` as a type becomes `lastNRuns`. */
export type CamelKey<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail>>}`
  : S;

/** An object type with camelCase keys; what may be undefined may be left out. */
export type Camel<T> = { [K in keyof T as K extends string ? CamelKey<K> : K]: Exclude<T[K], undefined> };

/** `last_n_runs` becomes `lastNRuns`. */
export function camelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A flat copy with camelCase keys, without the undefined ones. */
export function camelize<T extends object>(input: T): Camel<T> {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  // The type is what the mapping above computes; TypeScript cannot follow Object.fromEntries.
  return Object.fromEntries(entries.map(([key, value]) => [camelKey(key), value])) as Camel<T>;
}
