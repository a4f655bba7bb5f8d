/** `manifest.json`: the definitions of a project, as nodes and edges. */
import { createHash } from "node:crypto";
import type { EdgeColumns, NodeColumns } from "../../store/units.ts";
import type { Words } from "../visit/columns.ts";
import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import type { Visitor } from "./json-entries.ts";
import { Fields } from "./json-fields.ts";
import { readEntries } from "./json-file.ts";
import { groupOwner, nodeOf } from "./manifest-nodes.ts";
import { NodeTable } from "./node-table.ts";
import { countPackage, largestPackage } from "./packages.ts";

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
  relation_name: true,
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
    store_failures: true,
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

/**
 * The name of the dbt project that a manifest is of, from its metadata or, where only its nodes tell, from those; null
 * where nothing does.
 */
export function projectOf(path: string, metadata: WireObject): string | null {
  return textOf(metadata.project_name) ?? projectByNodes(path, textOf(metadata.project_id));
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

/** Whether `name` is the project whose id this is: dbt's `project_id` is the MD5 of the project's name. */
function isProjectId(projectId: string, name: string): boolean {
  return createHash("md5").update(name).digest("hex") === projectId;
}

/** What a manifest defines; `dropped` counts entries that could not be understood. */
export interface Definitions {
  metadata: WireObject;
  nodes: NodeColumns;
  edges: EdgeColumns;
  dropped: number;
}

/** Reads the file. Throws `JsonError` or the error of the file system. */
export function readDefinitions(path: string, words: Words): Definitions {
  let metadata: WireObject = {};
  let dropped = 0;
  const table = new NodeTable(words);
  const owners = new Map<string, string>();
  const visitor: Visitor = {
    begin: (key) => table.forget(key),
    entry: (key, name, value) => {
      if (key === "metadata") metadata = objectOf(value);
      else if (typeof name !== "string" || !isObject(value)) dropped++;
      else if (key === "groups") {
        const group = groupOwner(name, value);
        if (group !== null) owners.set(group.name, group.owner);
      } else {
        const node = nodeOf(name, value);
        if (node !== null) table.add(key, name, node);
      }
      return true;
    },
    malformed: () => dropped++,
  };
  const entries = { entries: FIELDS };
  const groups = { entries: new Fields({ name: true, owner: true }) };
  readEntries(
    path,
    { metadata: "value", groups, ...Object.fromEntries(NODE_MEMBERS.map((key) => [key, entries])) },
    visitor,
  );
  return { metadata, ...table.finish(owners), dropped };
}
