/** The questions of every recording, and how they are asked of a Dagster. */
import { Account } from "../../src/core/account.ts";
import { RunlensError } from "../../src/errors.ts";
import { cleanAnswer } from "../../src/frontends/clean.ts";
import { createDagsterSource } from "../../src/sources/dagster/source.ts";
import { openStore } from "../../src/store/open.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { createSync } from "../../src/sync/sync.ts";
import { operations } from "../../tools/index.ts";
import { ADDRESS, type Recording } from "./recording.ts";

export interface Question {
  /** What the test of it is called. */
  title: string;
  /** Name of the operation. */
  name: string;
  /** A value `$run` is the id of the run of that name, `$cursor` the next page of the answer before. */
  input: Record<string, unknown>;
}

const ask = (name: string, input: Record<string, unknown> = {}): Question => ({
  title: `${name} ${Object.values(input).map(String).join(" ")}`.trim(),
  name,
  input,
});
const events = (run: string, more: Record<string, unknown> = {}): Question =>
  ask("get_run_events", { run_id: `$${run}`, ...more });

/** Names of runs of which all details are asked. */
const RUNS = (
  "quick sameName slow failed retried dynamic noResource stepCrashed runCrashed resumed canceled assets someAssets " +
  "failedAssets failedCheck adHoc observed refused queued started failedPartition scheduled inProcessAssets neverStarted"
).split(" ");

/** Each is asked after the one before it, of the same store. */
export const QUESTIONS: readonly Question[] = [
  ask("list_projects"),
  ask("get_project", { project_id: "harbour" }),
  ask("list_jobs"),
  ask("list_models", { limit: 100 }),
  ask("health_dashboard"),
  ask("list_runs", { limit: 100 }),
  ...["survey_basin", "nightly_berths", "dress_ship", "wait_for_tide", "berth_night"].map((job_id) =>
    ask("get_job", { job_id, last_n_runs: 3 }),
  ),
  ask("longest_running_jobs", { last_n_runs: 5 }),
  ask("slowest_models", { last_n_runs: 5 }),
  ask("get_models_with_runtime", { last_n_runs: 3, limit: 100 }),
  ...["raw/berths", "raw/bookings", "clean_bookings", "occupancy", "berth_nights", "hull_surveys"].map(
    (model_id) => ask("get_model", { model_id }),
  ),
  ask("get_model", { model_id: "fuel_sales", include: ["sql"] }),
  ask("get_model", { model_id: "inspect_boat" }),
  ...RUNS.map((run) => ask("get_run", { run_id: `$${run}` })),
  events("quick"),
  events("quick", { limit: 5 }),
  events("quick", { limit: 5, cursor: "$cursor" }),
  events("failed"),
  events("failed", { event_type: ["STEP_FAILURE", "PIPELINE_FAILURE"], include: ["stack"] }),
  events("retried", { event_type: ["STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_SUCCESS"] }),
  events("gaveUp", { level: "ERROR" }),
  events("dynamic", { step_key: "INSPECT_BOAT[" }),
  events("logged", { event_type: ["LOG"] }),
  events("logged", { level: "WARNING", exact_level: true }),
  ...["noResource", "stepCrashed", "runCrashed", "canceled", "refused"].map((run) =>
    events(run, { level: "ERROR" }),
  ),
  events("runCrashed", { event_type: ["ENGINE_EVENT"] }),
  events("stepCrashed", { event_type: ["ENGINE_EVENT"] }),
  events("assets", { event_type: ["ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION"] }),
  events("partition", { event_type: ["ASSET_MATERIALIZATION"] }),
  events("queued"),
  events("neverStarted"),
  events("quick", { event_type: ["STEP_FAILURE"] }),
];

/** Asks all of them through `fetch`; the clock stands at `now` (epoch milliseconds). An answer that fails is its error. */
export async function askAll(
  through: typeof fetch,
  runs: Recording["runs"],
  now: number,
): Promise<Record<string, unknown>[]> {
  const clock = { ...systemClock(), now: () => now };
  const source = createDagsterSource({ url: ADDRESS, clock, fetch: through });
  const warn = (message: string) => process.stderr.write(`${message}\n`);
  const store = await openStore({ address: ":memory:", sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  try {
    return await answers(new Account(sync), runs);
  } finally {
    await sync.close();
    await source.close();
    await store.close();
  }
}

async function answers(account: Account, runs: Recording["runs"]): Promise<Record<string, unknown>[]> {
  const answered: Record<string, unknown>[] = [];
  for (const { name, input } of QUESTIONS) {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    const known: Record<string, unknown> = { ...runs, cursor: answered.at(-1)?.next_cursor };
    const filled = Object.fromEntries(
      Object.entries(input).map(([key, value]) => [key, filledIn(value, known)]),
    );
    answered.push(await operation.run(filled, { account }).then(cleanAnswer, errorOf));
  }
  return answered;
}

function filledIn(value: unknown, known: Record<string, unknown>): unknown {
  return typeof value === "string" && value.startsWith("$") ? known[value.slice(1)] : value;
}

function errorOf(error: unknown): Record<string, unknown> {
  if (error instanceof RunlensError) return { error: { code: error.code, message: error.message } };
  throw error;
}
