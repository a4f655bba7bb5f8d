/** The emulated platform with a large account, in a process of its own: its work is not to count as runlens's. */
import {
  addRun,
  deleteJob,
  finishRun,
  removeModel,
  renameProject,
} from "../../test/emulators/dbt-cloud/changes.ts";
import { startEmulator } from "../../test/emulators/dbt-cloud/server.ts";
import { syntheticWorld } from "../../test/emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../../test/emulators/dbt-cloud/tokens.ts";
import { obey } from "../lib/program.mjs";

/** Its size, and milliseconds that every answer waits. @type {typeof import("./session.mjs").SIZE} */
const { latencyMs, ...size } = JSON.parse(process.argv[2] ?? "{}");
let ahead = 0;
const now = () => Date.now() + ahead;
const world = syntheticWorld({ ...size, now: now() });
// Limits that stop nobody: the way of one request for each model is to come to its end. What runlens sends is
// counted against the published ones.
const emulator = await startEmulator({ world, now, latencyMs, discoveryLimit: 1e9, adminLimit: 1e9 });

obey(
  {
    describe: () => ({
      accountId: String(world.account.id),
      token: FULL_TOKEN,
      adminUrl: emulator.adminUrl,
      discoveryUrl: emulator.discoveryUrl,
      /** Milliseconds by which its clock is ahead of the machine's. */
      ahead,
      environments: world.environments
        .filter((environment) => environment.deploymentType === "production")
        .map((environment) => String(environment.id)),
    }),
    /** Requests since this was last asked, and the time of a processor that answering them took. */
    count: () => {
      const refused = emulator.requests.filter(({ status }) => status !== 200);
      const counts = {
        admin: emulator.count("admin"),
        discovery: emulator.count("discovery"),
        refused: refused.length,
        operations: operations(),
        workMs: workSinceLast(),
      };
      emulator.resetCounts();
      return counts;
    },
    /** Puts the clock forward. */
    advance: (/** @type {number} */ ms) => {
      ahead += ms;
    },
    /** A run of the nightly job of a project, which ended just now unless it is left running. */
    addRun: (
      /** @type {number} */ project,
      /** @type {"running" | "finished"} */ stage,
      /** @type {Record<string, number>} */ seconds,
    ) => {
      const end = now();
      return addRun(world, nightly(project).id, {
        stage,
        startedAt: end - 60_000,
        ...(stage === "finished" && { finishedAt: end, seconds }),
      }).id;
    },
    /** Lets a run that runs end at its own time, and puts the clock forward to then. */
    finishRun: (/** @type {number} */ id, /** @type {Record<string, number>} */ seconds) => {
      const { finishedAt } = finishRun(world, id, { seconds });
      const jump = Math.max(0, (finishedAt ?? 0) + 1000 - now());
      ahead += jump;
      return jump;
    },
    deleteJob: (/** @type {number} */ project) => deleteJob(world, smallJob(project).id).id,
    renameProject: (/** @type {number} */ project, /** @type {string} */ name) =>
      renameProject(world, world.projects[project]?.id ?? 0, name).id,
    removeModel: (/** @type {string} */ uniqueId) => removeModel(world, uniqueId),
  },
  () => emulator.close(),
);

/** How often each document and each list was asked for. */
function operations() {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { operationName, path } of emulator.requests) {
    const name = operationName ?? path.replace(/^.*\/accounts\/\d+\//, "").replace(/\d+/g, "<id>");
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

let lastWork = process.cpuUsage();

/** Milliseconds. */
function workSinceLast() {
  const { user, system } = process.cpuUsage(lastWork);
  lastWork = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {number} project */
function nightly(project) {
  const job = world.jobs.find((one) => one.projectId === world.projects[project]?.id);
  if (job === undefined) throw new Error(`no project ${project}`);
  return job;
}

/** The last one of a project that is there. @param {number} project */
function smallJob(project) {
  const job = world.jobs.findLast((one) => one.projectId === world.projects[project]?.id && one.state === 1);
  if (job === undefined) throw new Error(`no project ${project}`);
  return job;
}
