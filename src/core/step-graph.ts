/**
 * What each step of a run had to wait for. Pure.
 *
 * - A step waits for what is upstream of it in the same command; nodes that the command does not run are looked
 *   through, as dbt does.
 * - Where builds and tests run in one command (`dbt build`), a test holds up everything that lies downstream of all
 *   that it reads, and a unit test holds up the model that it tests.
 * - What the recorded times speak against did not hold: a run may be of other definitions than the newest.
 */
import type { Step, Waiting } from "./critical-path.ts";
import type { Graph } from "./graph.ts";
import { groupBy } from "./statistics.ts";

/** Recorded times of two threads may be off by so much against each other, in seconds. */
const TOLERANCE_S = 0.01;

/** The steps in the order in which they began, with what each waited for. */
export function waitings(steps: readonly Step[], graph: Graph): Waiting[] {
  const inOrder = [...steps].sort(
    (a, b) => a.command - b.command || a.started - b.started || a.ended - b.ended || a.node - b.node,
  );
  const places = new Map(inOrder.map((step, at) => [step, at]));
  const commands = [...groupBy(inOrder, (step) => step.command).values()];
  const needed = new Map(commands.flatMap((command) => [...new CommandGraph(command, graph).needs()]));
  return inOrder.map((step, at) => {
    const before = [...(needed.get(step) ?? [])].flatMap((other) => places.get(other) ?? []);
    const held = before.filter((place) => {
      const other = inOrder[place];
      return other !== undefined && place < at && other.ended <= step.started + TOLERANCE_S;
    });
    return { step, for: held };
  });
}

/** One command's steps in the graph. */
class CommandGraph {
  readonly #graph: Graph;
  readonly #builds: ReadonlyMap<number, Step>;
  readonly #steps: readonly Step[];
  readonly #needs = new Map<Step, Set<Step>>();
  /** Builds that come next below a node, whether the command ran it or not. */
  readonly #below = new Map<number, Step[]>();

  constructor(steps: readonly Step[], graph: Graph) {
    this.#graph = graph;
    this.#steps = steps;
    this.#builds = new Map(steps.flatMap((step) => (step.kind === "build" ? [[step.node, step]] : [])));
  }

  needs(): ReadonlyMap<Step, ReadonlySet<Step>> {
    for (const step of this.#steps) if (step.kind === "build") this.#build(step);
    const tests = this.#steps.filter((step) => step.kind === "test");
    this.#heldByTests(tests);
    for (const test of tests) this.#add(test, this.#above(test.node).builds);
    for (const step of this.#steps) if (step.kind === "unit_test") this.#unitTest(step);
    return this.#needs;
  }

  #add(step: Step, before: Iterable<Step>): void {
    const known = this.#needs.get(step) ?? new Set();
    for (const other of before) if (other !== step) known.add(other);
    this.#needs.set(step, known);
  }

  #build(step: Step): void {
    const { builds, met } = this.#above(step.node);
    this.#add(step, builds);
    for (const node of met) {
      const below = this.#below.get(node);
      if (below === undefined) this.#below.set(node, [step]);
      else below.push(step);
    }
  }

  /** It runs before its model, and needs no more than the model does. */
  #unitTest(step: Step): void {
    for (const key of this.#graph.parents(step.node)) {
      this.#add(step, this.#above(key).builds);
      const model = this.#builds.get(key);
      if (model !== undefined) this.#add(model, [step]);
    }
  }

  #heldByTests(tests: readonly Step[]): void {
    const readers = groupBy(tests, ({ node }) =>
      this.#graph
        .parents(node)
        .sort((a, b) => a - b)
        .join(),
    );
    const held = [...readers].flatMap(([read, group]) =>
      read === ""
        ? []
        : this.#downstreamOfAll(read.split(",").map(Number)).map((build) => ({ build, group })),
    );
    for (const { build, group } of held) this.#add(build, group);
  }

  /** The first builds that lie downstream of all these nodes; those after them wait for them. */
  #downstreamOfAll(nodes: readonly number[]): readonly Step[] {
    const [only, ...others] = nodes;
    if (only === undefined) return [];
    if (others.length === 0) return this.#below.get(only) ?? [];
    const met = groupBy(
      nodes.flatMap((node) => this.#graph.walk([node], "downstream").nodes),
      ({ key }) => key,
    );
    const builds = [...met].flatMap(([key, group]) => {
      const build = this.#builds.get(key);
      return build !== undefined && group.length === nodes.length ? [build] : [];
    });
    const all = new Set(builds);
    return builds.filter((build) => [...(this.#needs.get(build) ?? [])].every((before) => !all.has(before)));
  }

  /** The builds that come next above a node, and all nodes on the way to them. */
  #above(node: number): { builds: Step[]; met: Set<number> } {
    const builds: Step[] = [];
    const met = new Set<number>();
    const open = [node];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const key of this.#graph.parents(at)) {
        if (met.has(key) || key === node) continue;
        met.add(key);
        const build = this.#builds.get(key);
        if (build === undefined) open.push(key);
        else builds.push(build);
      }
    }
    return { builds, met };
  }
}
