/**
 * dbt Cloud as a source. Projects, environments, jobs and runs come from the Admin API, definitions and results from
 * Discovery; what Discovery does not keep or tell comes from the artifacts of runs.
 */
import { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import type { SourceRef } from "../../store/units.ts";
import type { Need, Probe, Scope, Source, SyncContext, SyncOutcome } from "../source.ts";
import { depthOf, lookBack } from "../visit/depth.ts";
import { type KnownRun, lastOfEachJob, runsById, runsOfJob } from "../visit/known-runs.ts";
import { Locks } from "../visit/locks.ts";
import { needsEnvironments, needsRuns } from "../visit/needs.ts";
import { scopeFor } from "../visit/scope.ts";
import { Transport } from "../wire/transport.ts";
import { readAccount } from "./account.ts";
import { AdminApi } from "./admin.ts";
import { environmentOf } from "./definition-rows.ts";
import { DiscoveryApi } from "./discovery.ts";
import { freshen, freshenNodes, nameOf, type Site } from "./environments.ts";
import { type Api, vendorOf } from "./failures.ts";
import { bareToken, endpointsOf, sourceIdOf } from "./hosts.ts";
import { readLog } from "./log.ts";
import type { DbtCloudOptions } from "./options.ts";
import { probeBoth } from "./probe.ts";
import { readRuns } from "./run-results.ts";
import { isFinished } from "./run-rows.ts";
import { listRuns } from "./runs.ts";
import { type CloudPlatform, CloudVisit } from "./visit.ts";

export type { DbtCloudOptions } from "./options.ts";

/** Environments that are read at once; the APIs have their own bounds. */
const ENVIRONMENTS_AT_ONCE = 6;

/** Makes the source; it sends nothing before it is asked. Throws `CONFIG` for addresses that cannot be meant. */
export function createDbtCloudSource(options: DbtCloudOptions): Source {
  const endpoints = endpointsOf(options);
  const ref: SourceRef = { id: sourceIdOf(options), system: "dbt-cloud" };
  const token = bareToken(options.token);
  const wire = { clock: options.clock, fetch: options.fetch ?? fetch };
  const transport = (api: Api) => new Transport({ ...wire, vendor: vendorOf(api, token) });
  const host = new URL(endpoints.admin).host;
  const platform: CloudPlatform = {
    ref,
    label: `dbt Cloud account ${options.accountId} (${host})`,
    admin: new AdminApi(transport("admin"), endpoints.admin, options.accountId),
    discovery: new DiscoveryApi(transport("discovery"), endpoints.discovery),
    pages: { base: endpoints.admin, accountId: options.accountId },
    locks: new Locks(),
    withoutDiscovery: false,
    large: new Set(),
    asked: new LRUCache({ max: 1000 }),
  };

  return {
    ref,
    label: platform.label,
    on_demand: true,
    scopes: (need) => [scopeFor(need)],

    async sync(scope: Scope, context: SyncContext): Promise<SyncOutcome> {
      const visit = new CloudVisit(platform, context);
      const { newestRuns } = await readAccount(visit, options.projectFilter ?? null);
      if (needsRuns(scope.need)) await listRuns(visit, newestRuns, scope.need.since);
      await bring(visit, scope.need);
      await visit.slices.publish();
      return visit.outcome();
    },

    async code(uniqueId, location, signal) {
      const environmentId = environmentOf(location);
      if (environmentId === null) {
        throw new RunlensError("NOT_FOUND", `${uniqueId} has no code here.`, "Ask for the node again.");
      }
      return platform.discovery.code(environmentId, uniqueId, signal);
    },

    log: (runId, { debug }, signal) => readLog(platform.admin, runId, debug, signal),

    probe: (signal): Promise<Probe> => probeBoth(platform, endpoints, signal),

    close: () => Promise.resolve(),
  };
}

/** Fetches what the need names beyond the hierarchy and the list of runs. */
async function bring(visit: CloudVisit, need: Need): Promise<void> {
  await bringNamedRun(visit, need.run_id);
  if (needsEnvironments(need)) await bringEnvironments(visit, need);
  if (need.job_ids !== undefined) await bringJobs(visit, need.job_ids, need);
  if (need.run_ids !== undefined) await bringResults(visit, need.run_ids);
}

/** A run that the list does not reach, by the id that the asker gave. */
async function bringNamedRun(visit: CloudVisit, id: string | undefined): Promise<void> {
  if (id === undefined || !/^\d+$/.test(id)) return;
  const [known] = await runsById(visit, [id]);
  if (known !== undefined && isFinished(known.status)) return;
  const run = await visit.run(id);
  if (run !== null) await visit.addRuns([run]);
  await visit.slices.publish();
}

async function bringEnvironments(visit: CloudVisit, need: Need): Promise<void> {
  const sites = await sitesOf(visit, need);
  const failed: { site: Site; error: RunlensError }[] = [];
  let reached = 0;
  const depth = depthOf(need);
  const queue = [...sites];
  const work = async () => {
    for (let site = queue.shift(); site !== undefined; site = queue.shift()) {
      try {
        await freshen(visit, site, depth);
        if (need.unique_ids !== undefined) await freshenNodes(visit, [site], need.unique_ids, lookBack(need));
        reached++;
      } catch (error) {
        if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
        failed.push({ site, error });
      }
    }
  };
  await Promise.all(Array.from({ length: ENVIRONMENTS_AT_ONCE }, work));
  // One project that fails does not take the others with it; where none can be read, that is the answer.
  const [first] = failed;
  if (first !== undefined && reached === 0) throw first.error;
  for (const { site, error } of failed) visit.fail(error, null, nameOf(site));
}

/**
 * The environments that a question is about; those of the runs or jobs that it names, in the projects that it is about.
 */
async function sitesOf(visit: CloudVisit, need: Need): Promise<Site[]> {
  const { account } = visit;
  const ids = new Set<string>();
  if (need.run_ids !== undefined || /^\d+$/.test(need.run_id ?? "")) {
    const runs = await runsById(visit, need.run_ids ?? [need.run_id ?? ""]);
    for (const run of runs) ids.add(run.environment_id);
  } else if (need.job_ids !== undefined || need.job_id !== undefined) {
    const asked = (need.job_ids ?? [need.job_id ?? ""]).map((name) => name.toLowerCase());
    for (const { jobs } of account.branches) {
      for (const { job, environment_id } of jobs) {
        if (asked.includes(job.job_id) || asked.includes(job.name.toLowerCase())) ids.add(environment_id);
      }
    }
  }
  const named = account
    .asked(need)
    .flatMap((branch) =>
      branch.environments
        .filter(({ environment_id }) => ids.has(environment_id))
        .map((environment) => ({ branch, environment })),
    );
  // What is named in a project that is not asked about is treated like what is nowhere.
  const isElsewhere = named.length === 0 && need.project_ids !== undefined;
  return ids.size === 0 || isElsewhere ? account.environments(need) : named;
}

/** The last runs of jobs, and their results where executions are wanted. */
async function bringJobs(visit: CloudVisit, jobIds: readonly string[], need: Need): Promise<void> {
  const { executions, since } = lookBack(need);
  const wanted = await Promise.all(
    jobIds.map(async (jobId) => {
      let runs = await runsOfJob(visit, jobId);
      if (runs.length < executions) {
        const query = { offset: 0, limit: 100, order_by: "-created_at", job_definition_id: jobId } as const;
        const { rows } = await visit.admin.runs(query, visit.context.signal);
        if (rows.length > runs.length) {
          await visit.addRuns(rows);
          await visit.slices.publish();
          runs = await runsOfJob(visit, jobId);
        }
      }
      const ended = runs.filter((run) => isFinished(run.status) && run.started_at !== null);
      const last = lastOfEachJob(ended, executions);
      return since === null
        ? last
        : ended.filter((run) => last.includes(run) || (run.ended_at ?? 0) / 1000 >= since);
    }),
  );
  if (need.facts.includes("executions")) await bringResultsOf(visit, wanted.flat());
}

async function bringResults(visit: CloudVisit, runIds: readonly string[]): Promise<void> {
  await bringResultsOf(visit, await runsById(visit, runIds));
}

/** Results that cannot be fetched do not take what is known of the runs with them. */
async function bringResultsOf(visit: CloudVisit, runs: readonly KnownRun[]): Promise<void> {
  const unread = runs.filter((run) => !run.results_read && isFinished(run.status));
  try {
    await readRuns(visit, unread);
  } catch (error) {
    if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
    const names = unread.slice(0, 5).map((run) => run.run_id);
    const more = unread.length > names.length ? " and others" : "";
    visit.fail(error, null, `The results of run ${names.join(", ")}${more}`);
  }
}
