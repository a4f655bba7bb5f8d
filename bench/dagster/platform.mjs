/** The emulated Dagster, in a process of its own: its work is not to count as runlens's. */
import { largeRun } from "../../test/emulators/dagster/large-run.ts";
import { startEmulator } from "../../test/emulators/dagster/server.ts";
import { LOCATION, REPOSITORY, syntheticWorld } from "../../test/emulators/dagster/synthetic.ts";
import { obey } from "../lib/program.mjs";

/** @type {typeof import("./session.mjs").SIZE} */
const { events, failures, reach, latencyMs, deployment } = JSON.parse(process.argv[2] ?? "{}");
const now = Date.now();

/** A few jobs, and runs of very many events: their steps fail near the end of one, near the start of the other. */
const logs = syntheticWorld({ now, runs: 1, jobs: 1, assets: 0 });
const run = (/** @type {string} */ jobName, /** @type {number} */ first) =>
  largeRun({
    jobName,
    origin: { location: LOCATION, repository: REPOSITORY },
    events,
    failuresAt: Array.from({ length: failures }, (_, index) => first + index * 10),
    createdAt: now / 1000 - 1800,
    pace: 1200 / events,
  });
const runs = { late: run("late", events - 10 * failures - 5), early: run("early", reach - 10 * failures) };
logs.runs.push(runs.late, runs.early);

const emulators = {
  /** The logs, answered at once and after a while. */
  logs: await startEmulator({ world: logs }),
  slowLogs: await startEmulator({ world: logs, latencyMs }),
  /** A deployment with many assets. */
  deployment: await startEmulator({ world: syntheticWorld({ now, ...deployment }), latencyMs }),
};

obey(
  {
    describe: () => ({
      urls: Object.fromEntries(Object.entries(emulators).map(([name, { url }]) => [name, url])),
      runs: { late: runs.late.id, early: runs.early.id },
    }),
    /** Requests since this was last asked, by operation, and the time of a processor that answering them took. */
    count: () => {
      /** @type {Record<string, number>} */
      const operations = {};
      let failed = 0;
      for (const emulator of Object.values(emulators)) {
        for (const { operationName, status } of emulator.requests) {
          const name = operationName ?? "unnamed";
          operations[name] = (operations[name] ?? 0) + 1;
          if (status !== 200) failed++;
        }
        emulator.resetCounts();
      }
      return {
        requests: Object.values(operations).reduce((sum, count) => sum + count, 0),
        failed,
        operations,
        workMs: workSinceLast(),
      };
    },
  },
  async () => {
    await Promise.all(Object.values(emulators).map((emulator) => emulator.close()));
  },
);

let lastWork = process.cpuUsage();

/** Milliseconds. */
function workSinceLast() {
  const { user, system } = process.cpuUsage(lastWork);
  lastWork = process.cpuUsage();
  return (user + system) / 1000;
}
