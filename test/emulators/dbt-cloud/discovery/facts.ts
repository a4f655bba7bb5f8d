/** What the manifest says of a resource, in the words of the API; the same for every kind of node. */
import type { Json, Resource } from "./dbt.ts";

export function tagsOf(resource: Resource): string[] {
  return resource.tags ?? listOf(resource.config?.tags);
}

export function metaOf(resource: Resource): Json {
  return objectOrNull(resource.config?.meta) ?? resource.meta ?? {};
}

/** The relation's name: what filters call the identifier. */
export function identifierOf(resource: Resource): string {
  return resource.identifier ?? resource.alias ?? resource.name;
}

export function rawCodeOf(resource: Resource): string | null {
  return resource.raw_code ?? resource.raw_sql ?? null;
}

export function compiledCodeOf(resource: Resource): string | null {
  return resource.compiled_code ?? resource.compiled_sql ?? null;
}

export function materializationOf(resource: Resource): string | null {
  return textOrNull(resource.config?.materialized);
}

export function groupOf(resource: Resource): string | null {
  return resource.group ?? textOrNull(resource.config?.group);
}

export function accessOf(resource: Resource): string | null {
  return resource.access ?? textOrNull(resource.config?.access);
}

/** `v` stays out: the API gives the number as text. */
export function versionOf(resource: Resource): string | null {
  return resource.version === null || resource.version === undefined ? null : String(resource.version);
}

export function latestVersionOf(resource: Resource): string | null {
  const { latest_version } = resource;
  return latest_version === null || latest_version === undefined ? null : String(latest_version);
}

export type Release = "latest" | "none" | "old" | "prerelease";

export function releaseOf(resource: Resource): Release {
  const version = versionOf(resource);
  const latest = latestVersionOf(resource);
  if (version === null || latest === null) return "none";
  if (version === latest) return "latest";
  return version.localeCompare(latest, "en", { numeric: true }) < 0 ? "old" : "prerelease";
}

export function contractOf(resource: Resource): boolean {
  return objectOrNull(resource.config?.contract)?.enforced === true;
}

/** The packages whose macros a resource uses. */
export function packagesOf(resource: Resource): string[] {
  const packages = (resource.depends_on?.macros ?? []).flatMap((macro) => macro.split(".")[1] ?? []);
  return [...new Set(packages)].sort();
}

export type TestType = "GENERIC_DATA_TEST" | "SINGULAR_DATA_TEST" | "UNIT_TEST";

export function testTypeOf(resource: Resource): TestType {
  if (resource.resource_type === "unit_test") return "UNIT_TEST";
  return resource.test_metadata ? "GENERIC_DATA_TEST" : "SINGULAR_DATA_TEST";
}

const LAYERS: readonly { layer: string; folder: string; prefix: RegExp }[] = [
  { layer: "staging", folder: "staging", prefix: /^(stg|base)_/ },
  { layer: "intermediate", folder: "intermediate", prefix: /^int_/ },
  { layer: "marts", folder: "marts", prefix: /^(dim|fct|fact|mart|rpt)_/ },
];

/** By the folder, else by the prefix that dbt's style guide gives to each layer. */
export function layerOf(resource: Resource): string | null {
  const byFolder = LAYERS.find(({ folder }) => resource.fqn?.slice(1, -1).includes(folder));
  return (byFolder ?? LAYERS.find(({ prefix }) => prefix.test(resource.name)))?.layer ?? null;
}

/** Whether a status is one of something gone wrong, so that dbt's message is an error. */
export function isFailure(status: string): boolean {
  return ["error", "fail", "warn", "runtime error", "partial success"].includes(status);
}

export function objectOrNull(value: unknown): Json | null {
  // An object of JSON, by the test before it.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
