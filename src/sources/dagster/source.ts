/**
 * Dagster as a source: code locations are projects, assets and the ops of jobs are models, asset checks are tests.
 * What is defined comes from the workspace, what ran from the list of runs and the statistics of their steps, why it
 * failed from their logs.
 */
import { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import type { SourceRef } from "../../store/units.ts";
import type { Need, Source, SyncContext, SyncOutcome } from "../source.ts";
import { depthOf, lookBack } from "../visit/depth.ts";
import { lastOfEachJob, runsById, runsOfJob } from "../visit/known-runs.ts";
import { Locks } from "../visit/locks.ts";
import { needsEnvironments, needsRuns } from "../visit/needs.ts";
import { scopeFor } from "../visit/scope.ts";
import { Transport } from "../wire/transport.ts";
import { type Addresses, addressesOf, sourceIdOf } from "./addresses.ts";
import { DagsterApi } from "./api.ts";
import { readDefinitions } from "./definitions.ts";
import { EventCache } from "./event-cache.ts";
import { eventReader } from "./event-reader.ts";
import { scanEvents } from "./event-scan.ts";
import { type Told, vendorOf } from "./failures.ts";
import { readHistory } from "./history.ts";
import { readNodes } from "./nodes.ts";
import type { DagsterOptions, ProjectFilter } from "./options.ts";
import { probeDeployment } from "./probe.ts";
import { readUnread, runsWithoutWords } from "./run-results.ts";
import { isFinished } from "./run-rows.ts";
import { fetchRuns, fetchRunsOfJobs, listRuns } from "./runs.ts";
import { readState } from "./state.ts";
import { type DagsterPlatform, DagsterVisit } from "./visit.ts";
import { environmentOf, readWorkspace } from "./workspace.ts";

export type { DagsterOptions } from "./options.ts";

/** What may be the id of a run: Dagster's own, and what others have set in its place. */
const RUN_ID = /^[\w-]{8,}$/;
/** Runs of a job that are asked for where the list does not have as many as are wanted. */
const RUNS_OF_JOB = 25;

/** Makes the source; it sends nothing before it is asked. Throws `CONFIG` for addresses that cannot be meant. */
export function createDagsterSource(options: DagsterOptions): Source {
  const addresses = addressesOf(options);
  const ref: SourceRef = { id: sourceIdOf(options), system: "dagster" };
  const told = toldOf(options, addresses);
  const transport = new Transport({
    vendor: vendorOf(told, headersOf(options)),
    clock: options.clock,
    fetch: options.fetch ?? fetch,
  });
  const api = new DagsterApi(transport, addresses.graphql, told);
  const platform: DagsterPlatform = {
    ref,
    label: told.name,
    locks: new Locks(),
    api,
    pages: addresses.pages,
    environment: environmentOf(options.environment, addresses.deployment),
    wants: (location) => isWanted(location, options.projectFilter),
    isFiltered: options.projectFilter !== undefined,
    events: new EventCache(),
    asked: new LRUCache({ max: 10_000 }),
  };

  return {
    ref,
    label: platform.label,
    on_demand: true,
    scopes: (need) => [scopeFor(need)],

    async sync({ need }, context: SyncContext): Promise<SyncOutcome> {
      const visit = new DagsterVisit(platform, context);
      await readWorkspace(visit);
      if (needsRuns(need)) await listRuns(visit, need.since);
      await bring(visit, need);
      await visit.slices.publish();
      return visit.outcome();
    },

    code(uniqueId) {
      const error = new RunlensError(
        "UNSUPPORTED",
        `Dagster does not tell the code of ${uniqueId}.`,
        "Its page in Dagster links to the code where the project says where it lies.",
      );
      return Promise.reject(error);
    },

    events: (runId, query, context) => scanEvents(eventReader(api), runId, query, context, platform.events),

    probe: (signal) => probeDeployment(api, addresses.graphql, signal),

    close: () => Promise.resolve(),
  };
}

function toldOf({ token, headers = {} }: DagsterOptions, { pages }: Addresses): Told {
  const { host, pathname } = new URL(pages);
  const isPlus = token !== undefined || host.endsWith(".dagster.cloud");
  const secrets = [token, ...Object.values(headers)].filter(
    (secret) => secret !== undefined && secret !== "",
  );
  return {
    name: `${isPlus ? "Dagster+" : "Dagster"} at ${host}${pathname.replace(/\/$/, "")}`,
    isPlus,
    secrets: secrets.flatMap((secret) => secret ?? []),
  };
}

/** Dagster+ takes its token in a header of its own; the deployment is in the address. */
function headersOf({
  token,
  headers = {},
  organization,
  deployment,
}: DagsterOptions): Record<string, string> {
  const all = {
    ...headers,
    ...(token === undefined ? {} : { "Dagster-Cloud-Api-Token": token }),
    ...(organization === undefined ? {} : { "Dagster-Cloud-Organization": organization }),
    ...(deployment === undefined ? {} : { "Dagster-Cloud-Deployment": deployment }),
  };
  for (const [name, value] of Object.entries(all)) checkHeader(name, value);
  return all;
}

/** Here, and not where it is sent: the error of a request would show what the header says. */
function checkHeader(name: string, value: string): void {
  try {
    new Headers([[name, value]]);
  } catch {
    const isToken = name === "Dagster-Cloud-Api-Token";
    throw new RunlensError(
      "CONFIG",
      `${isToken ? "DAGSTER_CLOUD_API_TOKEN" : "DAGSTER_EXTRA_HEADERS"} has what no header can have, e.g. a line end.`,
      isToken
        ? "Set it to the token alone."
        : "Names are letters, digits and dashes; values are one line of plain characters.",
    );
  }
}

function isWanted(location: string, filter: ProjectFilter | undefined): boolean {
  if (filter === undefined) return true;
  const isNamed = filter.project_ids.includes(location);
  return filter.include_or_exclude === "include" ? isNamed : !isNamed;
}

/** Fetches what the need names beyond the workspace and the list of runs. */
async function bring(visit: DagsterVisit, need: Need): Promise<void> {
  const { run_ids, job_ids, unique_ids } = need;
  await bringNamedRun(visit, need.run_id);
  const isNarrow = run_ids !== undefined || job_ids !== undefined;
  if (!isNarrow && !needsEnvironments(need)) return;
  // What steps are called says what they are of only together with the definitions.
  await readDefinitions(visit);
  if (job_ids !== undefined) await bringJobs(visit, job_ids, need);
  if (run_ids !== undefined) await bringResults(visit, run_ids);
  if (isNarrow) return;
  await readHistory(visit, depthOf(need));
  if (unique_ids !== undefined) await readNodes(visit, unique_ids, lookBack(need));
  if (need.facts.some((fact) => fact === "freshness" || fact === "tests")) await readState(visit);
}

/** A run that the list does not reach, by the id that the asker gave. */
async function bringNamedRun(visit: DagsterVisit, id: string | undefined): Promise<void> {
  if (id === undefined || !RUN_ID.test(id)) return;
  const [known] = await runsById(visit, [id]);
  if (known !== undefined && isFinished(known)) return;
  await fetchRuns(visit, { runIds: [id] }, 1);
  await visit.slices.publish();
}

/** The last runs of jobs, and their results where executions are wanted. */
async function bringJobs(visit: DagsterVisit, jobIds: readonly string[], need: Need): Promise<void> {
  const { executions, since } = lookBack(need);
  const known = await Promise.all(jobIds.map((jobId) => runsOfJob(visit, jobId)));
  const short = jobIds.filter((_, index) => (known[index]?.length ?? 0) < executions);
  if (short.length > 0) await fetchRunsOfJobs(visit, short, Math.max(RUNS_OF_JOB, executions));
  if (!need.facts.includes("executions")) return;
  const runs = await Promise.all(jobIds.map((jobId) => runsOfJob(visit, jobId)));
  const ended = runs.flat().filter((run) => isFinished(run) && run.started_at !== null);
  const last = new Set(lastOfEachJob(ended, executions));
  await readUnread(
    visit,
    ended.filter((run) => last.has(run) || (since !== null && (run.ended_at ?? 0) / 1000 >= since)),
  );
}

/** The results of runs, also of those that have not ended; and why they failed, where only many were read before. */
async function bringResults(visit: DagsterVisit, runIds: readonly string[]): Promise<void> {
  const wordless = new Set(await runsWithoutWords(visit, runIds));
  const runs = await runsById(visit, runIds);
  await readUnread(
    visit,
    runs.map((run) => (wordless.has(run.run_id) ? { ...run, results_read: false } : run)),
  );
}
