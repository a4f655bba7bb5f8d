/** What determined how long a run took: its critical path, what would shorten it, and how busy its threads were. */
import { setImmediate } from "node:timers/promises";
import sql from "sql-template-tag";
import type { RunModel } from "./answers.ts";
import type { CriticalPath, ThreadUse } from "./bottleneck-answers.ts";
import { criticalPath, type PathStep, type Step, type Waiting } from "./critical-path.ts";
import { amongKeys, type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import type { FoundRun } from "./find.ts";
import { graphOf } from "./graph-facts.ts";
import { Replay } from "./replay.ts";
import type { RanModel } from "./run-facts.ts";
import { groupBy } from "./statistics.ts";
import { waitings } from "./step-graph.ts";
import { threadUse } from "./thread-use.ts";

/** Steps of the path that are shown: those that took longest, with what they waited. */
const MOST_STEPS = 10;
/** Nodes whose gain is computed: each takes a replay of the run. */
const MOST_REPLAYED = 10;

type TimingRow = {
  node_key: number;
  invocation_key: number;
  environment_key: number;
  unique_id: string;
  model_id: string;
  resource_type: string;
  started: number;
  ended: number;
  runtime_s: number | null;
  thread: string | null;
  command_started: number | null;
};

/** A run as it was timed, with its critical path. */
export interface TimedRun {
  path: readonly PathStep[];
  steps: readonly Waiting[];
  work: readonly TimingRow[];
  /** True where nothing tells how its steps depend on each other, so that there is no path. */
  unconnected: boolean;
}

/** The timings of a run; null where no step has both a start and an end. */
export async function timedRun(facts: Facts, run: Pick<FoundRun, "run_key">): Promise<TimedRun | null> {
  const work = await facts.rows<TimingRow>(sql`
    SELECT x.node_key, x.invocation_key, n.environment_key, n.unique_id, n.model_id, n.resource_type, x.runtime_s, x.thread,
           epoch(x.started_at) AS started, epoch(x.ended_at) AS ended, epoch(i.started_at) AS command_started
    FROM executions x JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key)
    WHERE i.run_key = ${run.run_key} AND x.started_at IS NOT NULL AND x.ended_at >= x.started_at
      AND x.status NOT IN ('skipped', 'no_op', 'running')
    ORDER BY x.started_at, x.ended_at, n.unique_id`);
  const [first] = work;
  if (first === undefined) return null;
  const commands = [...groupBy(work, commandOf).values()];
  const steps = commands.flatMap((rows, command) => stepsOf(rows, command));
  const graph = await graphOf(facts, [first.environment_key]);
  const unconnected =
    steps.length > 1 &&
    steps.every(({ node }) => graph.parents(node).length + graph.children(node).length === 0);
  const waiting = waitings(steps, graph);
  const starts = commands.map(([row]) => row?.command_started ?? null);
  return { work, steps: waiting, path: unconnected ? [] : criticalPath(waiting, starts), unconnected };
}

/** Hooks are no part of the graph: those of the start run before all of their command, those of the end after it. */
function commandOf({ invocation_key, resource_type, model_id }: TimingRow): string {
  if (resource_type !== "operation") return `${invocation_key}`;
  return `${invocation_key} ${model_id.includes("on-run-end") ? "end" : "start"}`;
}

/** Attempts and partitions of a node are one step: from the first start to the last end. */
function stepsOf(rows: readonly TimingRow[], command: number): Step[] {
  return [...groupBy(rows, (row) => row.node_key).values()].flatMap((group) => {
    const [first] = group;
    const last = group.reduce((latest, row) => (row.ended > latest.ended ? row : latest));
    if (first === undefined) return [];
    const { node_key: node, resource_type, started } = first;
    return [{ node, command, kind: kindOf(resource_type), started, ended: last.ended, thread: last.thread }];
  });
}

function kindOf(resourceType: string): Step["kind"] {
  return resourceType === "test" || resourceType === "unit_test" ? resourceType : "build";
}

/** Keys of the nodes on the critical path. */
function onPath(timed: TimedRun): ReadonlySet<number> {
  return new Set(timed.path.flatMap(({ at }) => timed.steps[at]?.step.node ?? []));
}

/**
 * The unique_ids on the critical path of the run that the selection is of or, of a job, of its last full run; null
 * where it is of neither, or nothing is known.
 */
export async function criticalNodes(
  facts: Facts,
  selection: ModelSelection,
): Promise<ReadonlySet<string> | null> {
  const { runKey, jobKeys } = selection;
  if (runKey === undefined && jobKeys === undefined) return null;
  const run_key = runKey ?? (await lastRun(facts, jobKeys ?? []));
  const timed = run_key === null ? null : await timedRun(facts, { run_key });
  if (timed === null || timed.unconnected) return null;
  const path = onPath(timed);
  return new Set(timed.work.flatMap((row) => (path.has(row.node_key) ? [row.unique_id] : [])));
}

async function lastRun(facts: Facts, jobKeys: readonly number[]): Promise<number | null> {
  const newest = await facts.first<{ run_key: number }>(sql`
    SELECT run_key FROM runs
    WHERE ${amongKeys("job_key", jobKeys)} AND kind = 'full' AND results_read AND status IN ('success', 'failure')
    ORDER BY started_at DESC NULLS LAST, run_key DESC LIMIT 1`);
  return newest?.run_key ?? null;
}

/** What `get_run` says of them: the path, the slow models with what they cost the run, and the threads. */
export async function bottlenecks(
  timed: TimedRun | null,
  slow: readonly RanModel[],
): Promise<{ critical_path: CriticalPath | null; slowest_models: RunModel[]; thread_use: ThreadUse | null }> {
  const plain = slow.map(({ node_key: _, ...model }) => model);
  if (timed === null) return { critical_path: null, slowest_models: plain, thread_use: null };
  const thread_use = toThreadUse(timed);
  // How its steps depend on each other is not known.
  if (timed.unconnected) return { critical_path: null, slowest_models: plain, thread_use };
  const shown = longest(timed);
  const costly = [...slow.map((model) => model.node_key), ...shown.map((step) => nodeOf(timed, step))];
  const won = await gains(timed, [...new Set(costly)].slice(0, MOST_REPLAYED));
  const gainOf = (node: number) => roundSeconds(won.get(node) ?? null);
  const path = onPath(timed);
  return {
    critical_path: toPath(timed, shown, gainOf),
    slowest_models: plain.map((model, i) => {
      const key = slow[i]?.node_key ?? -1;
      return { ...model, on_critical_path: path.has(key), gain_s: gainOf(key) };
    }),
    thread_use,
  };
}

/** Between two replays others get their turn: of a large run each takes some hundredths of a second. */
async function gains({ steps }: TimedRun, nodes: readonly number[]): Promise<Map<number, number>> {
  const replay = new Replay(steps);
  const won = new Map<number, number>();
  for (const node of nodes) {
    won.set(node, replay.gain(node));
    await setImmediate();
  }
  return won;
}

const nodeOf = ({ steps }: TimedRun, { at }: PathStep): number => steps[at]?.step.node ?? -1;

const tookOf = ({ steps }: TimedRun, { at }: PathStep): number => {
  const step = steps[at]?.step;
  return step === undefined ? 0 : step.ended - step.started;
};

/** The steps of the path that took longest, in the order of time. */
function longest(timed: TimedRun): PathStep[] {
  const most = (step: PathStep) => tookOf(timed, step) + (step.waited_s ?? 0);
  const chosen = new Set([...timed.path].sort((a, b) => most(b) - most(a)).slice(0, MOST_STEPS));
  return timed.path.filter((step) => chosen.has(step));
}

function toPath(
  timed: TimedRun,
  shown: readonly PathStep[],
  gainOf: (node: number) => number | null,
): CriticalPath {
  const named = new Map(timed.work.map((row) => [row.node_key, row]));
  const sum = (of: (step: PathStep) => number) =>
    roundSeconds(timed.path.reduce((all, step) => all + of(step), 0)) ?? 0;
  return {
    step_count: timed.path.length,
    runtime_s: sum((step) => tookOf(timed, step)),
    waited_s: sum((step) => step.waited_s ?? 0),
    steps: shown.flatMap((step) => {
      const node = named.get(nodeOf(timed, step));
      if (node === undefined) return [];
      const holder = step.held_by === null ? undefined : timed.steps[step.held_by]?.step.node;
      return [
        {
          model_id: node.model_id,
          resource_type: node.resource_type,
          runtime_s: roundSeconds(tookOf(timed, step)),
          waited_s: roundSeconds(step.waited_s),
          waited_for: step.waited_for,
          held_by: holder === undefined ? null : (named.get(holder)?.model_id ?? null),
          gain_s: gainOf(node.node_key),
        },
      ];
    }),
  };
}

function toThreadUse({ work }: TimedRun): ThreadUse | null {
  const use = threadUse(work);
  if (use === null) return null;
  const threads = new Set(work.map((row) => `${row.invocation_key} ${row.thread}`));
  const named = work.every((row) => row.thread !== null);
  return {
    threads_seen: named
      ? Math.max(
          ...[...groupBy([...threads], (name) => name.split(" ", 1)[0]).values()].map(
            (group) => group.length,
          ),
        )
      : null,
    busy_average: Math.round(use.average * 100) / 100,
    busy_max: use.max,
    one_thread_share: Math.round(use.one_share * 1000) / 1000,
    idle_share: Math.round(use.idle_share * 1000) / 1000,
    span_s: roundSeconds(use.span_s) ?? 0,
  };
}
