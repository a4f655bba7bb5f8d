/** What the runs of a world say of assets and checks, and the order of the runs themselves; found once. */
import {
  type AssetKey,
  type CheckResult,
  keyText,
  type Materialization,
  type Run,
  type Step,
  type World,
} from "./world.ts";

/** Something that a step of a run did. */
export interface Done<T> {
  what: T;
  run: Run;
  step: Step;
}

export interface History {
  /** Newest created first, as Dagster lists them. */
  runs: readonly Run[];
  /** Place in the order of creation, for ids of events. */
  order: ReadonlyMap<string, number>;
  run(id: string): Run | null;
  /** Newest first. */
  materializations(asset: AssetKey): readonly Done<Materialization>[];
  /** Newest first. */
  executions(asset: AssetKey, check: string): readonly Done<CheckResult>[];
  /** The last run that was to materialize the asset, and the step in it. */
  lastPlanned(asset: AssetKey): { run: Run; step: Step } | null;
}

const histories = new WeakMap<World, { version: number; history: History }>();

export function historyOf(world: World): History {
  const known = histories.get(world);
  if (known !== undefined && known.version === world.version) return known.history;
  const history = read(world);
  histories.set(world, { version: world.version, history });
  return history;
}

function read(world: World): History {
  const oldestFirst = [...world.runs].sort((one, other) => one.createdAt - other.createdAt);
  const byId = new Map(oldestFirst.map((run) => [run.id, run]));
  const steps = once(() => readSteps(oldestFirst));
  return {
    runs: [...oldestFirst].reverse(),
    order: new Map(oldestFirst.map(({ id }, index) => [id, index])),
    run: (id) => byId.get(id) ?? null,
    materializations: (asset) => steps().materializations.get(keyText(asset)) ?? [],
    executions: (asset, check) => steps().executions.get(keyText([...asset, check])) ?? [],
    lastPlanned: (asset) => steps().planned.get(keyText(asset)) ?? null,
  };
}

/** Reads every step, which a question for runs alone has no need of. */
function readSteps(runs: readonly Run[]) {
  const materializations = new Map<string, Done<Materialization>[]>();
  const executions = new Map<string, Done<CheckResult>[]>();
  const planned = new Map<string, { run: Run; step: Step }>();
  for (const run of runs) {
    for (const step of run.steps) {
      for (const asset of step.plans) planned.set(keyText(asset), { run, step });
      for (const what of step.materializations)
        push(materializations, keyText(what.asset), { what, run, step });
      for (const what of step.checks)
        push(executions, keyText([...what.asset, what.check]), { what, run, step });
    }
  }
  for (const list of [...materializations.values(), ...executions.values()])
    list.sort((one, other) => other.what.at - one.what.at);
  return { materializations, executions, planned };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
