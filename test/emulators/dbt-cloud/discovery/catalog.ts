/** Columns and statistics of a catalog, with what the manifest says of the columns. */
import type { CatalogEntry, Resource } from "./dbt.ts";
import type { Documentation } from "./reader.ts";

/** `CatalogColumn`s, by their place in the relation. */
export function columnsOf(entry: CatalogEntry, resource: Resource | null): object[] {
  // Some databases shout the names that dbt has in lower case.
  const described = new Map(
    Object.entries(resource?.columns ?? {}).map(([name, column]) => [name.toLowerCase(), column]),
  );
  return Object.entries(entry.columns ?? {})
    .map(([key, { name = key, type, index, comment }]) => {
      const column = described.get(name.toLowerCase());
      return {
        name,
        type: type ?? null,
        index: index ?? null,
        comment: comment ?? null,
        description: column?.description ?? null,
        meta: column?.meta ?? {},
        tags: column?.tags ?? [],
      };
    })
    .sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
}

/** `CatalogStat`s. */
export function statsOf(entry: CatalogEntry): object[] {
  return Object.entries(entry.stats ?? {}).map(([key, { id = key, label, value, include, description }]) => ({
    id,
    label: label ?? null,
    value: value ?? null,
    include: include ?? null,
    description: description ?? null,
  }));
}

/** The value of the first statistic of these ids that is a whole number; adapters name them differently. */
export function statOf(entry: CatalogEntry | null, ids: readonly string[]): number | null {
  for (const id of ids) {
    const value = entry?.stats?.[id]?.value;
    if (Number.isSafeInteger(value)) return Number(value);
  }
  return null;
}

export const ROW_COUNT = ["row_count", "num_rows"];
const BYTES = ["bytes", "num_bytes", "size"];

/** A `CatalogNode` of an environment; null where the catalog does not know the relation. */
export function catalogNode(
  documentation: Documentation | null,
  resource: Resource,
  environmentId: number,
): object | null {
  const entry = documentation?.entry(resource.unique_id) ?? null;
  if (documentation === null || entry === null) return null;
  return {
    uniqueId: resource.unique_id,
    environmentId,
    runId: documentation.run.id,
    jobDefinitionId: documentation.run.jobId,
    runGeneratedAt: documentation.generatedAt,
    type: entry.metadata?.type ?? null,
    comment: entry.metadata?.comment ?? null,
    owner: entry.metadata?.owner ?? null,
    rowCountStat: statOf(entry, ROW_COUNT),
    bytesStat: statOf(entry, BYTES),
    stats: statsOf(entry),
    columns: columnsOf(entry, resource),
  };
}
