/** Discovery's definitions of an environment as nodes and edges. */
import { createHash } from "node:crypto";
import type { DefinitionsUnit, EdgeColumns, NodeColumns, SourceRef } from "../../store/units.ts";
import { criteriaOf } from "../dbt/freshness.ts";
import { modelId } from "../dbt/model-id.ts";
import { edgeColumns, nodeColumns, type RowOf, UNKNOWN_NODE, type Words } from "../visit/columns.ts";
import type { Place } from "../visit/place.ts";
import { labelOf, objectOf, textOf, textsOf, type WireObject } from "../wire/loose.ts";
import type { Definitions } from "./discovery.ts";

type NodeRow = RowOf<NodeColumns>;

/** How the store names where a definition lies; `code` reads it back. */
export function locationOf(environmentId: string): string {
  return `dbt-cloud:environment/${environmentId}`;
}

/** The environment of a location; null for that of another kind. */
export function environmentOf(location: string): string | null {
  return /^dbt-cloud:environment\/(\w+)$/.exec(location)?.[1] ?? null;
}

/** Changes when any definition does, whatever ran. */
export function fingerprintOf({ dbtProjectName, adapterType, definition }: Definitions): string {
  const { lastUpdatedAt: _, ...nodes } = definition;
  return createHash("sha256")
    .update(JSON.stringify([dbtProjectName, adapterType, nodes]))
    .digest("hex")
    .slice(0, 32);
}

/** The unit of an environment; `generatedAt` is in epoch microseconds. */
export function definitionsUnit(
  source: SourceRef,
  { project, environment }: Pick<Place, "project" | "environment">,
  definitions: Definitions,
  generatedAt: number,
  words: Words,
): DefinitionsUnit {
  const nodes = nodeColumns(words);
  for (const row of nodeRows(definitions)) nodes.add(row);
  return {
    kind: "definitions",
    source,
    project: {
      ...project,
      dbt_project_name: definitions.dbtProjectName,
      adapter_type: definitions.adapterType,
    },
    environment,
    invocation_id: null,
    generated_at: generatedAt,
    schema_version: "discovery",
    dbt_version: null,
    location: locationOf(environment.environment_id),
    nodes: nodes.finish(),
    edges: edgesOf(definitions, words),
  };
}

function edgesOf({ definition }: Definitions, words: Words): EdgeColumns {
  const edges = edgeColumns(words);
  for (const node of definition.lineage) {
    const child = textOf(node.uniqueId);
    for (const parent of textsOf(node.parentIds)) {
      if (child !== null && !parent.startsWith("macro.")) edges.add({ parent, child });
    }
  }
  return edges.finish();
}

function* nodeRows({ definition, applied }: Definitions): Generator<NodeRow> {
  const parents = new Map(definition.lineage.map((node) => [textOf(node.uniqueId), textsOf(node.parentIds)]));
  for (const node of definition.models) yield* rowOf(node, "model");
  for (const node of definition.seeds) yield* rowOf(node, "seed", { materialization: "seed" });
  for (const node of definition.snapshots) yield* rowOf(node, "snapshot", { materialization: "snapshot" });
  const sources = byId(applied?.sources);
  for (const node of definition.sources) {
    const criteria = objectOf(objectOf(sources.get(textOf(node.uniqueId))?.freshness).criteria);
    const seconds = criteriaOf({ warn_after: criteria.warnAfter, error_after: criteria.errorAfter });
    yield* rowOf(node, "source", {
      alias: textOf(node.identifier),
      source_name: textOf(node.sourceName),
      warn_after_s: seconds.warn,
      error_after_s: seconds.error,
    });
  }
  const tests = byId(applied?.tests);
  for (const node of definition.tests) {
    const id = textOf(node.uniqueId);
    yield* rowOf(node, id?.startsWith("unit_test.") ? "unit_test" : "test", {
      materialization: null,
      attached: attachedTo(node, tests.get(id), parents.get(id) ?? []),
      column_name: textOf(node.columnName),
      ...testKind(node, tests.get(id)),
    });
  }
  for (const node of definition.exposures) {
    yield* rowOf(node, "exposure", {
      owner: textOf(node.ownerName) ?? textOf(node.ownerEmail),
      url: textOf(node.url),
    });
  }
}

function byId(nodes: readonly WireObject[] | undefined): Map<string | null, WireObject> {
  return new Map((nodes ?? []).map((node) => [textOf(node.uniqueId), node]));
}

/** A node without an id cannot be referred to, and is left out. */
function* rowOf(node: WireObject, type: string, more: Partial<NodeRow> = {}): Generator<NodeRow> {
  const uniqueId = textOf(node.uniqueId);
  if (uniqueId === null) return;
  const packageName = textOf(node.packageName) ?? uniqueId.split(".", 2)[1] ?? null;
  const name = textOf(node.name) ?? uniqueId;
  const version = labelOf(node.version);
  yield {
    ...UNKNOWN_NODE,
    unique_id: uniqueId,
    model_id: modelId(uniqueId, type, packageName, name, version),
    name,
    resource_type: type,
    package_name: packageName,
    version,
    alias: textOf(node.alias),
    database_name: textOf(node.database),
    schema_name: textOf(node.schema),
    description: textOf(node.description),
    materialization: textOf(node.materializedType),
    tags: JSON.stringify([...new Set(textsOf(node.tags))]),
    path: textOf(node.filePath),
    // Discovery has no checksum: what changed is told by the materialization, and by the commit of the run.
    ...more,
  };
}

/** What a test is and how bad its failure is: of the applied state, which tests have once they ran. */
function testKind(
  defined: WireObject,
  applied: WireObject | undefined,
): Pick<NodeRow, "test_type" | "severity"> {
  const { name, namespace } = objectOf(applied?.testMetadata);
  const type = textOf(defined.testType) ?? textOf(applied?.testType);
  const generic =
    textOf(name) === null
      ? null
      : [textOf(namespace), textOf(name)].filter((part) => part !== null).join(".");
  const kinds: Readonly<Record<string, string>> = { UNIT_TEST: "unit", SINGULAR_DATA_TEST: "singular" };
  return {
    test_type: kinds[type ?? ""] ?? generic,
    severity: textOf(objectOf(applied?.config).severity)?.toLowerCase() ?? null,
  };
}

function attachedTo(
  defined: WireObject,
  applied: WireObject | undefined,
  parents: readonly string[],
): string | null {
  const said = textOf(defined.testedNodeUniqueId) ?? textOf(applied?.testedNodeUniqueId);
  const nodes = parents.filter((parent) => /^(model|seed|snapshot|source)\./.test(parent));
  return said ?? nodes.at(-1) ?? null;
}
