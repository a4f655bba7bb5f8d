/** The two states of an environment, and the node of each of their resources. */
import type { Resource } from "../dbt.ts";
import { type Kind, kindOf } from "../graph.ts";
import { lazy } from "../lazy.ts";
import type { DefinitionRecord, EnvironmentRecord } from "../records.ts";
import { ExposureNode, MacroNode, MetricNode, SavedQueryNode, SemanticModelNode } from "./definitions.ts";
import type { Node, Scope, Side } from "./node.ts";
import { ModelNode, SeedNode, SnapshotNode, SourceNode } from "./relation.ts";
import { TestNode } from "./test.ts";

type NodeOf = new (scope: Scope, entry: Resource, typename: string) => Node;

const NODES: Readonly<Record<Kind, NodeOf>> = {
  Model: ModelNode,
  Seed: SeedNode,
  Snapshot: SnapshotNode,
  Source: SourceNode,
  Test: TestNode,
  Exposure: ExposureNode,
  Macro: MacroNode,
  Metric: MetricNode,
  SemanticModel: SemanticModelNode,
  SavedQuery: SavedQueryNode,
};

/** These have types of the definition alone, which stand in the applied state as well. */
const DEFINED_ONLY: ReadonlySet<Kind> = new Set(["Macro", "Metric", "SemanticModel", "SavedQuery"]);

export function createScope(side: Side, record: EnvironmentRecord, definition: DefinitionRecord): Scope {
  const defined = lazy(() => (side === "Definition" ? scope : createScope("Definition", record, definition)));
  const make = (entry: Resource, nested: "Nested" | ""): Node => {
    const kind = kindOf(entry);
    // The graph keeps resources of a known kind only.
    if (kind === null) throw new Error(`${entry.unique_id} is of no kind that has nodes.`);
    const home = DEFINED_ONLY.has(kind) ? defined() : scope;
    const state = home.side === "Applied" ? "AppliedState" : "Definition";
    return new NODES[kind](home, entry, `${kind}${state}${nested}Node`);
  };
  const scope: Scope = {
    side,
    record,
    ...definition,
    get history() {
      return record.history();
    },
    node: (entry) => make(entry, ""),
    nested: (entry) => make(entry, "Nested"),
  };
  return scope;
}
