/** One entry of a manifest as a row: a model, test, seed, snapshot, source, exposure and so on. */
import type { NodeColumns } from "../../store/units.ts";
import type { RowOf } from "../visit/columns.ts";
import { isObject, labelOf, objectOf, textOf, textsOf, type WireObject } from "../wire/loose.ts";
import { criteriaOf } from "./freshness.ts";
import { modelId } from "./model-id.ts";

export type NodeRow = RowOf<NodeColumns>;

/** Hooks and ad-hoc statements: they run, but nobody asks for their definitions. */
const UNWANTED: ReadonlySet<string> = new Set([
  "operation",
  "sql operation",
  "sql_operation",
  "rpc",
  "rpc call",
]);

export interface ManifestNode {
  row: NodeRow;
  /** What it depends on, by unique_id. */
  parents: string[];
  /** Its group, whose owner is its owner where it declares none. */
  group: string | null;
}

/** What an entry of a manifest says; null for what is disabled or not a node. */
export function nodeOf(id: string, entry: WireObject): ManifestNode | null {
  const config = objectOf(entry.config);
  const uniqueId = textOf(entry.unique_id) ?? id;
  const type = textOf(entry.resource_type) ?? uniqueId.split(".", 1)[0] ?? "";
  if (UNWANTED.has(type) || config.enabled === false) return null;
  const packageName = textOf(entry.package_name) ?? uniqueId.split(".", 2)[1] ?? null;
  const name = textOf(entry.name) ?? uniqueId;
  const version = labelOf(entry.version);
  const parents = textsOf(objectOf(entry.depends_on).nodes).filter((parent) => !parent.startsWith("macro."));
  const isTest = type === "test" || type === "unit_test";
  const criteria = type === "source" ? freshnessOf(entry, config) : { warn: Number.NaN, error: Number.NaN };
  const row: NodeRow = {
    unique_id: uniqueId,
    model_id: modelId(uniqueId, type, packageName, name, version),
    name,
    resource_type: type,
    package_name: packageName,
    version,
    ...relationOf(isTest, entry, config),
    description: textOf(entry.description),
    materialization: textOf(config.materialized),
    tags: JSON.stringify([...new Set([...textsOf(entry.tags), ...textsOf(config.tags)])]),
    owner: ownerOf(entry, config),
    path: textOf(entry.original_file_path),
    checksum: textOf(objectOf(entry.checksum).checksum) ?? textOf(entry.checksum),
    attached: isTest ? attachedNode(entry, parents) : null,
    column_name: isTest ? textOf(entry.column_name) : null,
    test_type: isTest ? testType(type, entry) : null,
    severity: isTest ? (textOf(config.severity)?.toLowerCase() ?? null) : null,
    source_name: textOf(entry.source_name),
    url: textOf(entry.url),
    warn_after_s: criteria.warn,
    error_after_s: criteria.error,
  };
  return { row, parents, group: textOf(config.group) ?? textOf(entry.group) };
}

/**
 * The relation of a node. dbt names one for every test, but there is none unless the test stores its failures: by its
 * config, or by a flag, of which only `relation_name` tells.
 */
function relationOf(
  isTest: boolean,
  entry: WireObject,
  config: WireObject,
): Pick<NodeRow, "alias" | "database_name" | "schema_name"> {
  if (isTest && textOf(entry.relation_name) === null && config.store_failures !== true)
    return { alias: null, database_name: null, schema_name: null };
  return {
    alias: textOf(entry.alias) ?? textOf(entry.identifier),
    database_name: textOf(entry.database),
    schema_name: textOf(entry.schema),
  };
}

/** dbt 1.10 and newer have the criteria of a source in its config, at times only there. */
function freshnessOf(entry: WireObject, config: WireObject): { warn: number; error: number } {
  return criteriaOf(isObject(entry.freshness) ? entry.freshness : config.freshness);
}

/** A person or team: text, `{ name, email }`, or several of either. */
function personOf(value: unknown): string | null {
  if (Array.isArray(value)) {
    const people = value.map(personOf).filter((person) => person !== null);
    return people.length > 0 ? people.join(", ") : null;
  }
  if (!isObject(value)) return textOf(value);
  const { name, email } = value;
  return textOf(name) ?? (textsOf(email).join(", ") || null);
}

function ownerOf(entry: WireObject, config: WireObject): string | null {
  return (
    personOf(entry.owner) ?? personOf(objectOf(config.meta).owner) ?? personOf(objectOf(entry.meta).owner)
  );
}

/** The owner of a group: its name and the person or team; null where it has none. */
export function groupOwner(id: string, group: WireObject): { name: string; owner: string } | null {
  const owner = personOf(group.owner);
  return owner === null ? null : { name: textOf(group.name) ?? id.split(".").at(-1) ?? id, owner };
}

function testType(type: string, entry: WireObject): string {
  if (type === "unit_test") return "unit";
  const { name, namespace } = objectOf(entry.test_metadata);
  const test = textOf(name);
  if (test === null) return "singular";
  return textOf(namespace) === null ? test : `${textOf(namespace)}.${test}`;
}

/**
 * The node that a test is about. dbt says it since 1.5; before, the text of the argument `model` names it, and
 * a test with no such argument is about the last node that it depends on.
 */
function attachedNode(entry: WireObject, parents: readonly string[]): string | null {
  const said = textOf(entry.attached_node) ?? textOf(entry.tested_node_unique_id);
  if (said !== null) return said;
  const nodes = parents.filter((parent) => /^(model|seed|snapshot|source)\./.test(parent));
  const argument = textOf(objectOf(objectOf(entry.test_metadata).kwargs).model);
  const call = argument === null ? null : /(?:ref|source)\(([^)]*)\)/.exec(argument);
  const name = [...(call?.[1] ?? "").matchAll(/(?:^|,)\s*['"]([^'"]+)['"]/g)].at(-1)?.[1];
  const meant = nodes.filter((node) => name !== undefined && node.split(".").slice(2).includes(name));
  return meant.at(-1) ?? nodes.at(-1) ?? null;
}
