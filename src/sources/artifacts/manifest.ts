/** `manifest.json`: the definitions of a project. */
import type { DefinitionsUnit } from "../../store/units.ts";
import type { Visitor } from "../dbt/json-entries.ts";
import { Fields } from "../dbt/json-fields.ts";
import { readEntries } from "../dbt/json-file.ts";
import { countPackage, largestPackage } from "../dbt/packages.ts";
import { microsOf } from "../dbt/times.ts";
import { edgeColumns, nodeColumns, type Words } from "../visit/columns.ts";
import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { platformEnvironment } from "./environments.ts";
import type { ResultsHead } from "./memory.ts";
import { groupOwner, type ManifestNode, nodeOf } from "./nodes.ts";
import type { Mapping } from "./options.ts";
import { isProjectId, type ManifestHead, projectRow } from "./projects.ts";
import type { Read } from "./reading.ts";

const FIELDS = new Fields({
  unique_id: true,
  name: true,
  resource_type: true,
  package_name: true,
  version: true,
  alias: true,
  identifier: true,
  database: true,
  schema: true,
  description: true,
  tags: true,
  meta: true,
  group: true,
  owner: true,
  original_file_path: true,
  checksum: true,
  attached_node: true,
  tested_node_unique_id: true,
  column_name: true,
  test_metadata: { name: true, namespace: true, kwargs: { model: true } },
  source_name: true,
  freshness: true,
  url: true,
  depends_on: { nodes: true },
  config: {
    enabled: true,
    materialized: true,
    tags: true,
    meta: true,
    group: true,
    severity: true,
    freshness: true,
  },
});

/** Members of a manifest whose entries are nodes. */
const NODE_MEMBERS = [
  "nodes",
  "sources",
  "exposures",
  "metrics",
  "semantic_models",
  "saved_queries",
  "unit_tests",
  "functions",
] as const;

/** Reads the head of a manifest whose metadata is known, and its first nodes where only they name the project. */
export function manifestHead(path: string, metadata: WireObject, changedAt: number): ManifestHead {
  const generatedAt = microsOf(metadata.generated_at);
  return {
    path,
    project: textOf(metadata.project_name) ?? projectByNodes(path, textOf(metadata.project_id)) ?? "unknown",
    adapter: textOf(metadata.adapter_type),
    invocation_id: textOf(metadata.invocation_id),
    generated_at: Number.isNaN(generatedAt) ? changedAt : generatedAt,
  };
}

/** Manifests before dbt 1.6 name their project only by a hash: the package that has it, else the largest. */
function projectByNodes(path: string, projectId: string | null): string | null {
  const counts = new Map<string, number>();
  let project: string | null = null;
  const visitor: Visitor = {
    entry: (_key, name) => {
      if (typeof name !== "string") return true;
      const before = counts.size;
      countPackage(counts, name);
      if (projectId === null || counts.size === before) return true;
      project = [...counts.keys()].find((candidate) => isProjectId(projectId, candidate)) ?? null;
      return project === null;
    },
  };
  const names = { entries: new Fields({}) };
  readEntries(path, { nodes: names, sources: names, exposures: names }, visitor);
  return project ?? largestPackage(counts);
}

export interface ManifestFile {
  path: string;
  /** `v12` */
  version: string;
  head: ManifestHead;
  /** The results of the same invocation, where they are known. */
  results: ResultsHead | null;
}

/** Reads the file. Throws `JsonError` or the error of the file system. */
export function readManifest(file: ManifestFile, words: Words, mapping: Mapping): Read<DefinitionsUnit> {
  let metadata: WireObject = {};
  let dropped = 0;
  const members = new Map<string, Map<string, ManifestNode>>();
  const owners = new Map<string, string>();
  const visitor: Visitor = {
    begin: (key) => {
      members.set(key, new Map());
    },
    entry: (key, name, value) => {
      if (key === "metadata") metadata = objectOf(value);
      else if (typeof name !== "string" || !isObject(value)) dropped++;
      else if (key === "groups") {
        const group = groupOwner(name, value);
        if (group !== null) owners.set(group.name, group.owner);
      } else {
        const node = nodeOf(name, value);
        if (node !== null) members.get(key)?.set(name, node);
      }
      return true;
    },
    malformed: () => dropped++,
  };
  const entries = { entries: FIELDS };
  const groups = { entries: new Fields({ name: true, owner: true }) };
  readEntries(
    file.path,
    { metadata: "value", groups, ...Object.fromEntries(NODE_MEMBERS.map((key) => [key, entries])) },
    visitor,
  );

  const nodes = nodeColumns(words);
  const edges = edgeColumns(words);
  for (const key of NODE_MEMBERS) {
    for (const { row, parents, group } of members.get(key)?.values() ?? []) {
      const owner = row.owner ?? (group === null ? null : (owners.get(group) ?? null));
      nodes.add({ ...row, owner });
      for (const parent of parents) edges.add({ parent, child: row.unique_id });
    }
  }
  const env = objectOf(metadata.env);
  // With partial parsing dbt keeps the variables of an earlier parse in the manifest; the results have those of
  // the run, so that their word counts.
  const { results } = file;
  const project = projectRow(file.head.project, file.head.adapter, env, mapping);
  const unit: DefinitionsUnit = {
    kind: "definitions",
    source: { id: mapping.sourceId, system: "artifacts" },
    project: results === null ? project : { ...project, project_id: results.project_id },
    environment: results === null ? platformEnvironment(env) : results.environment,
    invocation_id: file.head.invocation_id,
    generated_at: file.head.generated_at,
    schema_version: file.version,
    dbt_version: textOf(metadata.dbt_version),
    location: file.path,
    nodes: nodes.finish(),
    edges: edges.finish(),
  };
  return { unit, rows: nodes.length, dropped };
}
