/**
 * `run_results.json` (v6) of one nightly build of the generated project, in the shape that dbt 1.10 writes. Only
 * the compiled code is a stand-in: long text that everybody skips would flatter what is measured.
 */
import { DBT_VERSION } from "./manifest.mjs";
import { Random } from "./random.mjs";
import { JsonFile } from "./writer.mjs";

const THREADS = 16;
/** A broken model takes everything below it along; those with more below are spared, so that most succeeds. */
const LARGEST_LOSS = 60;

/**
 * @typedef {import("./project.mjs").Project} Project
 * @typedef {{ invocationId: string, startedAt: Date, seed: number }} Run
 * @typedef {{ endedAt: number, value: object }} Result
 */

/** Writes the file and gives the time at which the run ended. @param {string} path @param {Project} project @param {Run} run */
export function writeRunResults(path, project, { invocationId, startedAt, seed }) {
  const results = simulate(project, startedAt.getTime(), new Random(seed));
  const endedAt = results.at(-1)?.endedAt ?? startedAt.getTime();
  const file = new JsonFile(path);
  file.member("metadata", {
    dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json",
    dbt_version: DBT_VERSION,
    generated_at: micros(endedAt + 0.2),
    invocation_id: invocationId,
    invocation_started_at: micros(startedAt.getTime()),
    env: {},
  });
  file.array("results", values(results));
  file.member("elapsed_time", (endedAt - startedAt.getTime()) / 1000);
  file.member("args", {
    which: "build",
    target: "prod",
    select: [],
    exclude: [],
    vars: {},
    invocation_command: "dbt build --target prod",
    full_refresh: false,
    profiles_dir: "/srv/atlas_retail",
    project_dir: "/srv/atlas_retail",
    write_json: true,
    indirect_selection: "eager",
    warn_error_options: { error: [], warn: [], silence: [] },
  });
  file.close();
  return new Date(endedAt);
}

/** @param {Result[]} results */
function* values(results) {
  for (const { value } of results) yield value;
}

/**
 * Builds the models in order on sixteen threads, each after its parents and followed by its tests.
 * @param {Project} project @param {number} startedAt epoch milliseconds @param {Random} random
 */
function simulate({ models, tests }, startedAt, random) {
  const failing = chooseFailing(models, random);
  const free = new Array(THREADS).fill(startedAt + 20_000);
  const ended = new Array(models.length).fill(startedAt);
  const isLost = new Array(models.length).fill(false);
  /** @type {Result[]} */
  const results = [];
  /** @param {number} notBefore @param {number} seconds */
  const occupy = (notBefore, seconds) => {
    let thread = 0;
    for (let other = 1; other < THREADS; other++) if (free[other] < free[thread]) thread = other;
    const start = Math.max(free[thread], notBefore);
    const end = start + seconds * 1000;
    free[thread] = end;
    return { thread, start, end };
  };

  models.forEach((model, index) => {
    const ready = Math.max(startedAt, ...model.parents.map((parent) => ended[parent]));
    const name = `"warehouse"."${model.schema}"."${model.name}"`;
    const isSkipped = model.parents.some((parent) => isLost[parent]);
    const isFailing = failing.has(index);
    isLost[index] = isSkipped || isFailing;
    if (isSkipped) {
      const slot = occupy(ready, 0);
      ended[index] = slot.end;
      results.push({ endedAt: slot.end, value: skipped(model.id, name, slot.thread) });
    } else {
      const slot = occupy(ready, Math.max(0.02, random.uneven(model.runtime, 0.25)));
      ended[index] = slot.end;
      results.push({ endedAt: slot.end, value: built(model, name, slot, isFailing, random) });
    }
    for (const at of model.tests) {
      const test = tests[at];
      if (test === undefined) continue;
      const slot = occupy(ended[index], isLost[index] ? 0 : random.uneven(0.15, 0.8));
      const value = isLost[index] ? skipped(test.id, null, slot.thread) : tested(test, slot, random);
      results.push({ endedAt: slot.end, value });
    }
  });
  return results.sort((a, b) => a.endedAt - b.endedAt);
}

/** About one model in a thousand. @param {Project["models"]} models @param {Random} random */
function chooseFailing(models, random) {
  const failing = new Set();
  const wanted = Math.max(1, Math.round(models.length / 1000));
  for (let draw = 0; failing.size < wanted && draw < wanted * 200; draw++) {
    const index = random.int(0, models.length - 1);
    if (below(models, index) <= LARGEST_LOSS) failing.add(index);
  }
  return failing;
}

/** How many models depend on this one, as far as it matters. @param {Project["models"]} models @param {number} from */
function below(models, from) {
  const seen = new Set([from]);
  for (const index of seen) {
    for (const child of models[index]?.children ?? []) seen.add(child);
    if (seen.size > LARGEST_LOSS + 1) break;
  }
  return seen.size - 1;
}

/** @typedef {{ thread: number, start: number, end: number }} Slot */

/** @param {Project["models"][number]} model @param {string} relation @param {Slot} slot @param {boolean} isFailing @param {Random} random */
function built(model, relation, slot, isFailing, random) {
  const rows = model.materialization === "view" ? null : Math.round(random.uneven(20_000, 2));
  const response =
    rows === null
      ? { _message: "CREATE VIEW", code: "CREATE VIEW", rows_affected: -1 }
      : { _message: `SELECT ${rows}`, code: "SELECT", rows_affected: rows };
  const error = `Database Error in model ${model.name} (models/${model.folder}/${model.name}.sql)\n  invalid input syntax for type numeric: "1.234,50 €"\n  compiled code at target/run/${model.package}/models/${model.folder}/${model.name}.sql`;
  return {
    status: isFailing ? "error" : "success",
    timing: timing(slot),
    thread_id: threadName(slot.thread),
    execution_time: (slot.end - slot.start) / 1000,
    adapter_response: isFailing ? {} : response,
    message: isFailing ? error : response._message,
    failures: null,
    unique_id: model.id,
    compiled: true,
    compiled_code: "select 1 as id",
    relation_name: relation,
    batch_results: null,
  };
}

/** @param {Project["tests"][number]} test @param {Slot} slot @param {Random} random */
function tested(test, slot, random) {
  const found = random.chance(0.006) ? random.int(1, 400) : 0;
  const status = found === 0 ? "pass" : test.severity === "WARN" ? "warn" : "fail";
  const isOne = found === 1 ? "result" : "results";
  return {
    status,
    timing: timing(slot),
    thread_id: threadName(slot.thread),
    execution_time: (slot.end - slot.start) / 1000,
    adapter_response: { _message: "OK" },
    message: found === 0 ? null : `Got ${found} ${isOne}, configured to ${status} if != 0`,
    failures: found,
    unique_id: test.id,
    compiled: true,
    compiled_code: "select 1 as id",
    relation_name: null,
    batch_results: null,
  };
}

/** @param {string} id @param {string | null} relation @param {number} thread */
function skipped(id, relation, thread) {
  return {
    status: "skipped",
    timing: [],
    thread_id: threadName(thread),
    execution_time: 0.0,
    adapter_response: {},
    message: null,
    failures: null,
    unique_id: id,
    compiled: false,
    compiled_code: null,
    relation_name: relation,
    batch_results: null,
  };
}

/** @param {Slot} slot */
function timing({ start, end }) {
  const compiled = start + (end - start) * 0.05;
  return [
    { name: "compile", started_at: micros(start), completed_at: micros(compiled) },
    { name: "execute", started_at: micros(compiled), completed_at: micros(end) },
  ];
}

/** @param {number} thread */
const threadName = (thread) => `Thread-${thread + 1} (worker)`;

/** ISO 8601 with microseconds, as dbt writes it. @param {number} at epoch milliseconds, with fractions */
function micros(at) {
  const whole = Math.floor(at);
  const fraction = Math.floor((at - whole) * 1000);
  return new Date(whole).toISOString().replace("Z", `${String(fraction).padStart(3, "0")}Z`);
}
