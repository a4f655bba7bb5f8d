/** A dbt project that was made up: its nodes, and which of them a command builds. */

export type NodeType = "model" | "seed" | "snapshot" | "test" | "source" | "exposure";

export interface DbtNode {
  /** dbt's unique_id. */
  id: string;
  type: NodeType;
  /** Of a source: `<source name>.<table>`. */
  name: string;
  schema: string;
  /** As in the node's config, e.g. `view`; of what has none, its type. */
  materialized: string;
  tags: readonly string[];
  /** Unique ids. */
  parents: readonly string[];
  /** Typical seconds of one execution. */
  seconds: number;
  /** Of a test. */
  check?: { kind: "unique" | "not_null"; column: string; severity: "error" | "warn" };
}

export interface DbtProject {
  /** The name in dbt_project.yml, which unique ids carry. */
  name: string;
  dbtVersion: string;
  /** Parents before their children, and a model's tests before its children. */
  nodes: readonly DbtNode[];
}

/** What dbt notes as `args.which`. */
export type Which = "build" | "run" | "test" | "seed" | "snapshot" | "freshness" | "generate";

const BUILT: Record<Which, readonly NodeType[]> = {
  build: ["model", "seed", "snapshot", "test", "exposure"],
  run: ["model"],
  test: ["test"],
  seed: ["seed"],
  snapshot: ["snapshot"],
  freshness: ["source"],
  generate: ["model", "seed", "snapshot", "test"],
};

/** Refuses a command that this emulator cannot make artifacts of. */
export function whichOf(command: string): Which {
  const [, verb = "", noun = ""] = command.split(/\s+/);
  if (verb === "docs" && noun === "generate") return "generate";
  if (verb === "source" && noun === "freshness") return "freshness";
  const which = (["build", "run", "test", "seed", "snapshot"] as const).find((known) => known === verb);
  if (which === undefined) throw new Error(`no artifacts can be made of \`${command}\``);
  return which;
}

/** The nodes that a command executes; `--select` takes names and `tag:<tag>`, without operators. */
export function selectedNodes(project: DbtProject, command: string): DbtNode[] {
  const types = BUILT[whichOf(command)];
  const wanted = selectors(command);
  const chosen = new Set<string>();
  const isChosen = (node: DbtNode) =>
    wanted.length === 0 ||
    wanted.some((word) => word === node.name || node.tags.some((tag) => word === `tag:${tag}`)) ||
    // As dbt's eager indirect selection: a test comes with any of the nodes that it tests.
    (node.type === "test" && node.parents.some((parent) => chosen.has(parent)));
  for (const node of project.nodes) if (isChosen(node)) chosen.add(node.id);
  return project.nodes.filter(
    (node) => chosen.has(node.id) && types.includes(node.type) && node.materialized !== "ephemeral",
  );
}

function selectors(command: string): string[] {
  const [, list = ""] = /\s(?:--select|-s)\s+((?:(?!-)\S+\s*)+)/.exec(command) ?? [];
  return list.split(/\s+/).filter((word) => word !== "");
}

/** The value of `--target`, or dbt's own default. */
export function targetOf(command: string): string {
  return /--target[ =](\S+)/.exec(command)?.[1] ?? "default";
}

/** What is built of a project after a node is gone; its tests go with it. */
export function withoutNode(project: DbtProject, id: string): DbtProject {
  const gone = new Set([id]);
  for (const node of project.nodes) if (node.type === "test" && node.parents.includes(id)) gone.add(node.id);
  const nodes = project.nodes
    .filter((node) => !gone.has(node.id))
    .map((node) => ({ ...node, parents: node.parents.filter((parent) => !gone.has(parent)) }));
  return { ...project, nodes };
}
