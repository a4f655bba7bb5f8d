/** Packages of a dbt project, as the ids of its nodes tell them. */

/** The packages of a project, by how many nodes they have. */
export type PackageCounts = ReadonlyMap<string, number>;

/** Counts the package of a unique_id such as `model.shop.orders`. */
export function countPackage(counts: Map<string, number>, uniqueId: string): void {
  const start = uniqueId.indexOf(".") + 1;
  const end = uniqueId.indexOf(".", start);
  if (start > 0 && end > start) {
    const name = uniqueId.slice(start, end);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}

export function largestPackage(counts: PackageCounts): string | null {
  let largest: string | null = null;
  for (const [name, count] of counts) if (count > (counts.get(largest ?? "") ?? 0)) largest = name;
  return largest;
}
