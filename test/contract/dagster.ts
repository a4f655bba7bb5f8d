/** The demo as Dagster tells it: a code location whose assets are the dbt models, each in a step of its own. */
import { Account } from "../../src/core/account.ts";
import { cleanAnswer } from "../../src/frontends/clean.ts";
import { createLog } from "../../src/log.ts";
import { createDagsterSource } from "../../src/sources/dagster/source.ts";
import { openStore } from "../../src/store/open.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { createSync } from "../../src/sync/sync.ts";
import { operations } from "../../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "../demo.ts";
import { DbtAssets } from "../emulators/dagster/artifact-assets.ts";
import { artifactsWorld, LOCATION, runOfInvocation } from "../emulators/dagster/artifacts.ts";
import type { DagsterVersion } from "../emulators/dagster/schema.ts";
import { startEmulator } from "../emulators/dagster/server.ts";
import type { Side, Told } from "./answers.ts";
import type { Lack } from "./lacks.ts";
import { type Invocation, invocations, type Model, manifest, models, type Result, tests } from "./records.ts";

export interface DagsterSideOptions {
  version: DagsterVersion;
  sample?: number;
  /** Milliseconds that pass from one look at the clock to the next; 0 where it stands still. */
  tick?: number;
}

/** Opens the demo at its own date on a store in memory. */
export async function openDagster({ version, sample = 1, tick = 0 }: DagsterSideOptions): Promise<Side> {
  const now = Date.parse(DEMO_NOW);
  const world = artifactsWorld(ARTIFACTS, { form: "step per model" });
  const emulator = await startEmulator({ world, version, now: () => now });
  let passed = 0;
  const clock = { ...systemClock(), now: () => now + passed++ * tick };
  const source = createDagsterSource({ url: emulator.url, clock });
  const log = createLog();
  const warn = (message: string) => log.warning(message);
  const store = await openStore({ address: ":memory:", sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  const account = new Account(sync);
  return {
    sample,
    lacks: version === "1.6.14" ? new Set([...DAGSTER_LACKS, "freshness of sources"]) : DAGSTER_LACKS,
    told: told(),
    ask(name, input = {}) {
      const operation = operations.find((one) => one.name === name);
      if (operation === undefined) throw new Error(`no operation ${name}`);
      return operation.run(input, { account }).then(cleanAnswer);
    },
    runId: runOfInvocation,
    jobId: (job) => job,
    async close() {
      await sync.close();
      await source.close();
      await store.close();
      await emulator.close();
    },
  };
}

const DAGSTER_LACKS: ReadonlySet<Lack> = new Set([
  "models without a table",
  "seeds and snapshots",
  "unit tests",
  "exposures",
  "tests of other nodes",
  "plain errors of dbt",
  "derived events",
  "timings of dbt",
  "full refreshes",
  "age of sources",
  "SQL",
]);

/** The ops of the jobs that are no asset jobs: their runs are what they do. */
const OPS = { freshness: "dbt_source_freshness", docs: "dbt_docs_generate" } as const;

function told(): Told {
  const assets = new DbtAssets({
    metadata: manifest.metadata,
    nodes: manifest.nodes,
    sources: manifest.sources,
  });
  const nameOf = (id: string) => assets.assetOf(id)?.join("/") ?? null;
  const isTold = (id: string) =>
    id.startsWith("model.") ? nameOf(id) !== null : assets.checkOf(id) !== null;
  const results = (run: Invocation) => run.results.filter(({ unique_id }) => isTold(unique_id));
  return {
    models: [
      ...models
        .filter(({ unique_id }) => isTold(unique_id))
        .map((model) => ({ ...model, model_id: `${LOCATION}.${nameOf(model.unique_id)}` })),
      ...Object.entries(OPS).map(([job, op]) => opModel(job, op)),
    ],
    tests: tests.filter(({ unique_id }) => isTold(unique_id)),
    results,
    uniqueId: (id) => `asset:${LOCATION}:${nameOf(id)}`,
    subject: (id) => `${LOCATION}.${nameOf(id)}`,
    events(of) {
      const having = (...words: string[]) => of.filter((row) => words.includes(row.status)).length;
      return {
        STEP_SKIPPED: having("skipped"),
        // A check that failed blocks what is below it, and so fails its step.
        STEP_FAILURE: having("error", "fail"),
        ASSET_CHECK_EVALUATION: having("pass", "warn", "fail"),
        STEP_SUCCESS: having("success", "pass", "warn"),
      };
    },
  };
}

/** An op as a model: what it took is what its run took. */
function opModel(job: string, op: string): Model {
  const rows = invocations
    .filter((run) => run.job === job)
    .map((run): Result => {
      const failed = run.freshness.some(({ status }) => ["error", "runtime error"].includes(status));
      const status = failed ? "error" : "success";
      return { unique_id: op, status, runtime: run.elapsed, message: null, failures: null, at: run.at, run };
    });
  return {
    unique_id: `op:${LOCATION}:${job}:${op}`,
    model_id: `${LOCATION}.${job}.${op}`,
    tags: [],
    materialization: "op",
    results: rows.reverse(),
  };
}
