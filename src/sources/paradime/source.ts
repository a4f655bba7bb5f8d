/**
 * Paradime as a source: the Bolt schedules of a workspace are jobs, the commands of their runs are invocations of dbt,
 * and what these have left behind (manifests, results, freshness) says the rest.
 */
import { RunlensError } from "../../errors.ts";
import type { SourceRef } from "../../store/units.ts";
import type { Need, Source, SyncContext, SyncOutcome } from "../source.ts";
import { depthOf, lookBack } from "../visit/depth.ts";
import { runsById, runsOfJob } from "../visit/known-runs.ts";
import { Locks } from "../visit/locks.ts";
import { needsEnvironments, needsRuns } from "../visit/needs.ts";
import { scopeFor } from "../visit/scope.ts";
import { Transport } from "../wire/transport.ts";
import { BoltApi } from "./api.ts";
import { Artifacts } from "./artifacts.ts";
import { readCode } from "./code.ts";
import { readDefinitions } from "./definitions.ts";
import { credentialsOf, endpointOf, pageOfRun, sourceIdOf } from "./endpoint.ts";
import { apiVendor, storageVendor } from "./failures.ts";
import { readBack, readHistory } from "./history.ts";
import { readLog } from "./log.ts";
import type { ParadimeOptions, ProjectFilter } from "./options.ts";
import { probeWorkspace } from "./probe.ts";
import { type Missing, readUnread } from "./results.ts";
import { listMore, listRuns } from "./runs.ts";
import { readSchedules } from "./schedules.ts";
import { type BoltPlatform, BoltVisit } from "./visit.ts";
import type { Site } from "./workspace.ts";

export type { ParadimeOptions } from "./options.ts";

/** Projects that are read at once; the transport has its own bounds. */
const SITES_AT_ONCE = 4;

/** Makes the source; it sends nothing before it is asked. Throws `CONFIG` for an address that cannot be meant. */
export function createParadimeSource(options: ParadimeOptions): Source {
  const endpoint = endpointOf(options);
  const ref: SourceRef = { id: sourceIdOf(options), system: "paradime" };
  const wire = { clock: options.clock, fetch: options.fetch ?? fetch };
  const transport = new Transport({ ...wire, vendor: apiVendor(credentialsOf(options)) });
  const api = new BoltApi(transport, endpoint.href);
  const platform: BoltPlatform = {
    ref,
    label: `Paradime at ${endpoint.host}`,
    locks: new Locks(),
    api,
    artifacts: new Artifacts(api, new Transport({ ...wire, vendor: storageVendor() })),
    pageOfRun: (runId) => pageOfRun(endpoint, runId),
    wants: (project) => isWanted(project, options.projectFilter),
  };

  return {
    ref,
    label: platform.label,
    on_demand: true,
    scopes: (need) => [scopeFor(need)],

    async sync({ need }, context: SyncContext): Promise<SyncOutcome> {
      const visit = new BoltVisit(platform, context);
      await readSchedules(visit);
      if (needsRuns(need)) await listRuns(visit, need.since);
      await bring(visit, need);
      await visit.slices.publish();
      return visit.outcome();
    },

    code: (uniqueId, location, signal) => readCode(platform.artifacts, uniqueId, location, signal),

    log: (runId, { debug }, signal) => readLog(api, runId, debug, signal),

    probe: (signal) => probeWorkspace(api, endpoint.host, signal),

    close: () => Promise.resolve(),
  };
}

function isWanted(project: string, filter: ProjectFilter | undefined): boolean {
  if (filter === undefined) return true;
  const isNamed = filter.project_ids.includes(project);
  return filter.include_or_exclude === "include" ? isNamed : !isNamed;
}

/** Fetches what the need names beyond the schedules and the list of runs. */
async function bring(visit: BoltVisit, need: Need): Promise<void> {
  const { run_ids, job_ids } = need;
  if (needsEnvironments(need)) await bringSites(visit, need);
  if (job_ids !== undefined) await bringJobs(visit, job_ids, need);
  if (run_ids !== undefined) await bringResults(visit, run_ids);
}

/** What a project defines in an environment, and how it ran there. */
async function bringSite(visit: BoltVisit, site: Site, need: Need): Promise<void> {
  await readDefinitions(visit, site);
  await readHistory(visit, site, depthOf(need));
  if (need.unique_ids === undefined) return;
  const wanted = { depth: lookBack(need), nodes: need.unique_ids };
  tell(visit, await readBack(visit, visit.workspace.slugsOf(site), wanted));
}

/** One project that fails does not take the others with it; where none can be read, that is the answer. */
async function bringSites(visit: BoltVisit, need: Need): Promise<void> {
  const failed: { site: Site; error: RunlensError }[] = [];
  const sites = visit.workspace.sites(need, await slugsOf(visit, need));
  const queue = [...sites];
  const work = async () => {
    for (let site = queue.shift(); site !== undefined; site = queue.shift()) {
      try {
        await bringSite(visit, site, need);
      } catch (error) {
        if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
        failed.push({ site, error });
      }
    }
  };
  await Promise.all(Array.from({ length: SITES_AT_ONCE }, work));
  const [first] = failed;
  if (first !== undefined && failed.length === sites.length) throw first.error;
  for (const { site, error } of failed) visit.fail(error, null, `Project ${site.project.project_id}`);
}

/** The schedules that a question names, itself or by runs; null where it names none. */
async function slugsOf(visit: BoltVisit, need: Need): Promise<string[] | null> {
  const runIds = need.run_ids ?? (/^\d+$/.test(need.run_id ?? "") ? [need.run_id ?? ""] : undefined);
  if (runIds !== undefined) {
    const runs = await runsById(visit, runIds);
    const slugs = runs.flatMap(({ job_id }) => job_id ?? []);
    return slugs.length === 0 ? null : slugs;
  }
  const names = need.job_ids ?? (need.job_id === undefined ? undefined : [need.job_id]);
  if (names === undefined) return null;
  const slugs = visit.workspace.named(names);
  return slugs.length === 0 ? null : slugs;
}

/** The last runs of schedules, and their results where executions are wanted. */
async function bringJobs(visit: BoltVisit, slugs: readonly string[], need: Need): Promise<void> {
  const depth = lookBack(need);
  const known = await Promise.all(slugs.map((slug) => runsOfJob(visit, slug)));
  const short = slugs.filter((_, index) => (known[index]?.length ?? 0) < depth.executions);
  if (short.length > 0) await listMore(visit, short, depth.executions);
  if (!need.facts.includes("executions")) return;
  await tolerantly(visit, `The results of ${slugs.slice(0, 5).join(", ")}`, async () => {
    tell(visit, await readBack(visit, slugs, { depth, nodes: null }));
  });
}

async function bringResults(visit: BoltVisit, runIds: readonly string[]): Promise<void> {
  const runs = await runsById(visit, runIds);
  await tolerantly(visit, `The results of run ${runIds.slice(0, 5).join(", ")}`, async () => {
    tell(visit, await readUnread(visit, runs));
  });
}

/** Says what is missing of runs. */
function tell(visit: BoltVisit, { failed, lost, cut = null }: Missing): void {
  for (const [id, error] of failed) visit.fail(error, null, `The results of run ${id}`);
  for (const { note } of lost) visit.miss(`${visit.platform.label}: ${note}.`);
  if (cut !== null) visit.miss(`${visit.platform.label}: ${cut}.`);
}

/** Results that cannot be fetched do not take what is known of the runs with them. */
async function tolerantly(visit: BoltVisit, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
    visit.fail(error, null, what);
  }
}
