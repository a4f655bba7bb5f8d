/** The demo as Paradime tells it: four Bolt schedules, each of whose runs has a dbt command with its artifacts. */
import { Account } from "../../src/core/account.ts";
import { cleanAnswer } from "../../src/frontends/clean.ts";
import { createLog } from "../../src/log.ts";
import { createParadimeSource } from "../../src/sources/paradime/source.ts";
import { openStore } from "../../src/store/open.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { createSync } from "../../src/sync/sync.ts";
import { operations } from "../../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "../demo.ts";
import { artifactsWorld, slugOf } from "../emulators/paradime/artifacts.ts";
import { startEmulator } from "../emulators/paradime/server.ts";
import type { World } from "../emulators/paradime/world.ts";
import type { Side } from "./answers.ts";

/** Opens the demo at its own date on a store in memory. */
export async function openParadime({ tick = 0 }: { tick?: number } = {}): Promise<Side> {
  const now = Date.parse(DEMO_NOW);
  const world = artifactsWorld(ARTIFACTS);
  const emulator = await startEmulator({ world, now: () => now });
  let passed = 0;
  const clock = { ...systemClock(), now: () => now + passed++ * tick };
  const { key: apiKey, secret: apiSecret } = world.credentials;
  const source = createParadimeSource({ endpoint: emulator.url, apiKey, apiSecret, clock });
  const log = createLog();
  const warn = (message: string) => log.warning(message);
  const store = await openStore({ address: ":memory:", sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  const account = new Account(sync);
  const runs = runIdsOf(world);
  return {
    ask(name, input = {}) {
      const operation = operations.find((one) => one.name === name);
      if (operation === undefined) throw new Error(`no operation ${name}`);
      return operation.run(input, { account }).then(cleanAnswer);
    },
    runId(invocationId) {
      const id = runs.get(invocationId);
      if (id === undefined) throw new Error(`no run wrote ${invocationId}`);
      return id;
    },
    jobId: slugOf,
    async close() {
      await sync.close();
      await source.close();
      await store.close();
      await emulator.close();
    },
  };
}

/** Which run wrote the artifacts of an invocation. */
function runIdsOf(world: World): Map<string, string> {
  const ids = new Map<string, string>();
  for (const run of world.runs) {
    for (const { path, read } of run.commands.flatMap((command) => command.resources)) {
      if (/(run_results|sources)\.json$/.test(path))
        ids.set(JSON.parse(read()).metadata.invocation_id, String(run.id));
    }
  }
  return ids;
}
