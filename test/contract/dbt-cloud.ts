/** The demo as dbt Cloud tells it, alone or beside the folder of artifacts that its runs left. */

import { Account } from "../../src/core/account.ts";
import { cleanAnswer } from "../../src/frontends/clean.ts";
import { createLog } from "../../src/log.ts";
import { createArtifactsSource } from "../../src/sources/artifacts/source.ts";
import { createDbtCloudSource } from "../../src/sources/dbt-cloud/source.ts";
import type { Source } from "../../src/sources/source.ts";
import { openStore } from "../../src/store/open.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { createSync } from "../../src/sync/sync.ts";
import { operations } from "../../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "../demo.ts";
import { artifactsWorld } from "../emulators/dbt-cloud/artifacts.ts";
import { startEmulator } from "../emulators/dbt-cloud/server.ts";
import { FULL_TOKEN } from "../emulators/dbt-cloud/tokens.ts";
import type { World } from "../emulators/dbt-cloud/world.ts";
import type { Side } from "./answers.ts";

export interface CloudOptions {
  schema: "2025-03" | "2026-06";
  /** Where the artifacts on disk stand among the sources; left out where they are none. */
  artifacts?: "first" | "last";
  sample?: number;
  /** Milliseconds that pass from one look at the clock to the next; 0 where it stands still. */
  tick?: number;
}

/** Opens the demo at its own date on a store in memory. */
export async function openCloud({ schema, artifacts, sample = 1, tick = 0 }: CloudOptions): Promise<Side> {
  const now = Date.parse(DEMO_NOW);
  const world = artifactsWorld(ARTIFACTS, { now });
  // The clock stands still, so that a minute's requests never end.
  const limits = { discoveryLimit: 1e6, adminLimit: 1e6 };
  const emulator = await startEmulator({ world, schema, now: () => now, ...limits });
  let passed = 0;
  const clock = { ...systemClock(), now: () => now + passed++ * tick };
  const cloud = createDbtCloudSource({
    token: FULL_TOKEN,
    accountId: String(world.account.id),
    adminUrl: emulator.adminUrl,
    discoveryUrl: emulator.discoveryUrl,
    clock,
  });
  const sources = withArtifacts(cloud, artifacts);
  const log = createLog();
  const warn = (message: string) => log.warning(message);
  const store = await openStore({ address: ":memory:", sourceIds: sources.map(({ ref }) => ref.id), warn });
  const sync = createSync({ store, sources, clock, warn, deadline_ms: null, alwaysWait: true });
  const account = new Account(sync);
  const runs = runIdsOf(world);
  const ask: Side["ask"] = async (name, input = {}) => {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return cleanAnswer(await operation.run(input, { account }));
  };
  // dbt's elapsed_time leaves out what passed before the first command, here three seconds. The emulated run begins
  // that much too late to be known by its times, and is known by dbt's id once its results have been read.
  const [first] = world.runs;
  if (artifacts !== undefined) await ask("get_run", { run_id: String(first?.id) });
  return {
    sample,
    ask,
    runId(invocationId) {
      const id = runs.get(invocationId);
      if (id === undefined) throw new Error(`no run wrote ${invocationId}`);
      return id;
    },
    jobId: (job) => jobIdOf(world, job),
    async close() {
      await sync.close();
      await Promise.all(sources.map((source) => source.close()));
      await store.close();
      await emulator.close();
    },
  };
}

function withArtifacts(cloud: Source, place: CloudOptions["artifacts"]): Source[] {
  if (place === undefined) return [cloud];
  const disk = createArtifactsSource({ paths: [ARTIFACTS] });
  return place === "first" ? [disk, cloud] : [cloud, disk];
}

/** Which run wrote the artifacts of an invocation. */
function runIdsOf(world: World): Map<string, string> {
  const ids = new Map<string, string>();
  for (const run of world.runs) {
    for (const step of run.steps) {
      for (const path of ["run_results.json", "sources.json"]) {
        const text = step.artifact(path);
        if (text !== null) ids.set(JSON.parse(text).metadata.invocation_id, String(run.id));
      }
    }
  }
  return ids;
}

/** The emulator's jobs have the commands and names of the demo's configuration. */
function jobIdOf(world: World, job: string): string {
  const commands: Readonly<Record<string, string>> = {
    nightly: "dbt build --target prod",
    intraday: "dbt build --select tag:intraday --target prod",
    freshness: "dbt source freshness --target prod",
    docs: "dbt docs generate --target prod",
  };
  const found = world.jobs.find(({ executeSteps }) => executeSteps.includes(commands[job] ?? ""));
  if (found === undefined) throw new Error(`no job ${job}`);
  return String(found.id);
}
