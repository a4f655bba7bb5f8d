/**
 * What is known of one environment: its definitions, how its nodes last ran, and as much history as questions have
 * asked for. Afterwards only what ran since is fetched, in whichever way takes the fewest requests.
 */
import { createHash } from "node:crypto";
import type { EnvironmentRow } from "../../store/units.ts";
import { type Depth, newsOf, reaches, seenOf } from "../visit/depth.ts";
import { endedRuns, type KnownRun, lastOfEachJob } from "../visit/known-runs.ts";
import { definitionsUnit, fingerprintOf } from "./definition-rows.ts";
import type { Definitions } from "./discovery.ts";
import { isUpToDate, type Memory, memoryOf } from "./environment-memory.ts";
import { isRefusal } from "./failures.ts";
import type { Branch } from "./hierarchy.ts";
import { readHistory } from "./node-history.ts";
import { cheapest, executionsFor, historyCost, MOST_EXECUTIONS, MOST_ROWS_AT_ONCE, PAGE } from "./plan.ts";
import { isPastRetention, readingCost, readRuns } from "./run-results.ts";
import { standIns } from "./stand-ins.ts";
import type { CloudVisit } from "./visit.ts";

/** An environment of a project. */
export interface Site {
  branch: Branch;
  environment: EnvironmentRow;
}

const REFUSED =
  "has no descriptions, tags, materializations and lineage here, because the Discovery API refuses the token; run " +
  "times come from the artifacts of runs (`runlens doctor` says what the token needs)";

/** The scope of an environment in the ledger. */
export const scopeOf = (environmentId: string) => `executions:environment ${environmentId}`;

/** What is to be said of an environment whose definitions could not be had. */
function toldOf(site: Site, { fingerprint }: Memory): { notes: string[]; complete: boolean } {
  if (fingerprint !== "") return { notes: [], complete: true };
  return { notes: [`${nameOf(site)} ${REFUSED}`], complete: false };
}

/** What people call an environment, as the beginning of a sentence. */
export function nameOf({ branch, environment }: Site): string {
  return `${branch.project.name}, environment ${environment.name},`;
}

/** Makes an environment fresh, as deep as a question looks back. Needs the list of runs. */
export function freshen(visit: CloudVisit, site: Site, depth: Depth): Promise<void> {
  const id = site.environment.environment_id;
  return visit.part(
    scopeOf(id),
    async (entry) => {
      const before = memoryOf(entry);
      const runs = await endedRuns(visit, id);
      noteSize(visit, id, before);
      const memory = await latestState(visit, site, before, runs, depth);
      noteSize(visit, id, memory);
      // What has just been read of the newest runs need not be read again.
      await visit.slices.publish();
      const back = await reachBack(visit, site, await endedRuns(visit, id), depth);
      const deep = await history(visit, site, memory, back, depth);
      const watermark = JSON.stringify(deep);
      if (entry !== null && watermark === entry.watermark && entry.complete) return { unchanged: true };
      return { watermark, ...toldOf(site, deep) };
    },
    (entry) => isUpToDate(memoryOf(entry), depth),
    nameOf(site),
  );
}

function noteSize({ platform }: CloudVisit, environmentId: string, memory: Memory | null): void {
  if (memory !== null && memory.nodes > MOST_ROWS_AT_ONCE) platform.large.add(environmentId);
}

/** Definitions where they may have changed, and how every node last ran. */
async function latestState(
  visit: CloudVisit,
  site: Site,
  before: Memory | null,
  runs: readonly KnownRun[],
  depth: Depth,
): Promise<Memory> {
  const news = before === null ? runs : newsOf(runs, before.latest);
  const commit = runs[0]?.commit_sha ?? null;
  const isSame = news.length === 0 || (commit !== null && commit === before?.commit);
  // Definitions that were refused have no fingerprint, and are asked for again.
  if (before === null || before.fingerprint === "" || !isSame || visit.context.refresh) {
    return readDefinitions(visit, site, before, runs, commit);
  }
  if (news.length === 0) return before;
  const unread = news.filter((run) => !run.results_read);
  const reading = readingCost(visit, unread);
  const ofHistory = historyCost(before.models);
  // A history that is kept up has to learn of the same runs by and by: what that takes comes on top.
  const later = before.history === null ? 0 : Math.min(reading, ofHistory);
  const way = cheapest({
    runs: reading,
    history: before.history === null || depth.executions <= 1 ? Number.POSITIVE_INFINITY : ofHistory,
    latest: Math.ceil(before.nodes / PAGE) + later,
  });
  if (way === "runs") await readRuns(visit, unread);
  else if (way === "latest") {
    const applied = await visit.discovery.latest(site.environment.environment_id, visit.context.signal);
    if (applied !== null) await visit.slices.add((words) => standIns(visit, rowsOf(site), applied, words));
  } else return before;
  return { ...before, commit, latest: seenOf(runs) };
}

function rowsOf({ branch, environment }: Site) {
  return { project: branch.project, environment };
}

async function readDefinitions(
  visit: CloudVisit,
  site: Site,
  before: Memory | null,
  runs: readonly KnownRun[],
  commit: string | null,
): Promise<Memory> {
  const { platform, context } = visit;
  const found = await definitionsOf(visit, site);
  if (found === null) return readWithoutDiscovery(visit, runs, commit);
  const fingerprint = fingerprintOf(found);
  // Discovery dates them anew with every run, whatever has changed in them.
  const isKnown = before !== null && before.fingerprint === fingerprint;
  const generatedAt = isKnown ? before.generated_at : writtenAt(found, context.now());
  await visit.slices.add((words) => [
    ...(isKnown ? [] : [definitionsUnit(platform.ref, rowsOf(site), found, generatedAt, words)]),
    ...(found.applied === null ? [] : standIns(visit, rowsOf(site), found.applied, words)),
  ]);
  return {
    fingerprint,
    generated_at: generatedAt,
    commit,
    nodes: largest(found),
    models: found.definition.models.length,
    latest: seenOf(runs),
    history: before?.history ?? null,
  };
}

/** Null where the account's plan or the token has no Discovery API, which only shows when it is asked. */
async function definitionsOf(
  { discovery, context, platform }: CloudVisit,
  site: Site,
): Promise<Definitions | null> {
  try {
    const found = await discovery.definitions(site.environment.environment_id, context.signal);
    platform.withoutDiscovery = false;
    return found;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    platform.withoutDiscovery = true;
    return null;
  }
}

/** The artifacts of the last runs tell how nodes ran, though not what they are. */
async function readWithoutDiscovery(
  visit: CloudVisit,
  runs: readonly KnownRun[],
  commit: string | null,
): Promise<Memory> {
  await readRuns(
    visit,
    lastOfEachJob(runs, 1).filter((run) => !run.results_read),
  );
  const nothing = { fingerprint: "", generated_at: 0, nodes: 0, models: Number.MAX_SAFE_INTEGER };
  return { ...nothing, commit, latest: seenOf(runs), history: null };
}

/** Epoch microseconds; now where Discovery does not say. */
function writtenAt({ definition }: Definitions, now: number): number {
  const at = Date.parse(definition.lastUpdatedAt ?? "");
  return (Number.isNaN(at) ? now : at) * 1000;
}

/** The longest list of the applied state decides how many pages there are. */
function largest({ applied }: Definitions): number {
  if (applied === null) return 0;
  return Math.max(
    ...[applied.models, applied.tests, applied.sources, applied.seeds].map((list) => list.length),
  );
}

/**
 * Lists the older runs of jobs that have succeeded too seldom for the answer in the time that is listed: each job once,
 * in one request.
 */
async function reachBack(
  visit: CloudVisit,
  { branch, environment }: Site,
  runs: readonly KnownRun[],
  { executions }: Depth,
): Promise<readonly KnownRun[]> {
  if (executions <= 1 || visit.listedBackTo === null) return runs;
  const succeeded = new Map<string | null, number>();
  for (const { job_id, status } of runs) {
    if (status === "success") succeeded.set(job_id, (succeeded.get(job_id) ?? 0) + 1);
  }
  const seldom = branch.jobs.filter(
    ({ environment_id, job }) =>
      environment_id === environment.environment_id &&
      (succeeded.get(job.job_id) ?? 0) < executions &&
      !visit.platform.asked.has(`runs of job ${job.job_id}`),
  );
  if (seldom.length === 0) return runs;
  await Promise.all(
    seldom.map(async ({ job }) => {
      const query = {
        offset: 0,
        limit: 100,
        order_by: "-created_at",
        job_definition_id: job.job_id,
      } as const;
      await visit.addRuns((await visit.admin.runs(query, visit.context.signal)).rows);
      visit.platform.asked.set(`runs of job ${job.job_id}`, "listed");
    }),
  );
  await visit.slices.publish();
  return endedRuns(visit, environment.environment_id);
}

/** Brings the history up to date, and makes it as deep as is asked. */
async function history(
  visit: CloudVisit,
  site: Site,
  memory: Memory,
  runs: readonly KnownRun[],
  depth: Depth,
): Promise<Memory> {
  if (depth.executions <= 1 && depth.since === null) return memory;
  const known = memory.history;
  const deep: Depth = {
    executions: Math.max(depth.executions, known?.depth.executions ?? 1),
    since: earliest(depth.since, known?.depth.since ?? null),
  };
  const seen = seenOf(runs);
  const isDeep = known !== null && reaches(known.depth, depth);
  const wanted = isDeep ? newsOf(runs, known.seen) : backTo(runs, depth);
  const unread = wanted.filter((run) => !run.results_read);
  if (unread.length > 0) {
    const inWindow = depth.since === null ? 0 : wanted.length;
    const way = cheapest({
      runs: readingCost(visit, unread),
      history:
        Math.max(inWindow, deep.executions) > MOST_EXECUTIONS
          ? Number.POSITIVE_INFINITY
          : historyCost(memory.models),
      latest: Number.POSITIVE_INFINITY,
    });
    if (way === "runs") await readRuns(visit, unread);
    else {
      const count = executionsFor(Math.max(deep.executions, inWindow));
      await readHistory(visit, site, null, count, deep.executions);
      // Discovery tells nothing of older runs: their artifacts do.
      await readRuns(
        visit,
        unread.filter((run) => isPastRetention(visit, run)),
      );
    }
  }
  return { ...memory, latest: seen, history: { depth: isDeep ? known.depth : deep, seen } };
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

/** The runs that an answer of this depth is made of. */
function backTo(runs: readonly KnownRun[], { executions, since }: Depth): KnownRun[] {
  const last = executions <= 1 ? [] : lastOfEachJob(runs, executions);
  if (since === null) return last;
  const ids = new Set(last.map(({ run_id }) => run_id));
  return runs.filter((run) => ids.has(run.run_id) || (run.ended_at ?? 0) / 1000 >= since);
}

/** Executions of a few nodes alone, newest `executions` of each; asked for again only when something ran since. */
export async function freshenNodes(
  visit: CloudVisit,
  sites: readonly Site[],
  uniqueIds: readonly string[],
  depth: Depth,
): Promise<void> {
  for (const site of sites) {
    const id = site.environment.environment_id;
    const memory = memoryOf(await visit.entry(scopeOf(id)));
    // What is known of all nodes covers a few of them; artifacts are of all nodes anyway.
    const covers = memory?.history != null && reaches(memory.history.depth, depth);
    if (covers || visit.platform.withoutDiscovery) {
      await freshen(visit, site, depth);
      continue;
    }
    const name = createHash("sha256")
      .update(JSON.stringify([id, depth, [...uniqueIds].sort()]))
      .digest("hex");
    const now = JSON.stringify(seenOf(await endedRuns(visit, id)));
    if (visit.platform.asked.get(name) === now && !visit.context.refresh) continue;
    const many = depth.since === null ? depth.executions : MOST_EXECUTIONS;
    await readHistory(visit, site, uniqueIds, executionsFor(many), depth.executions);
    visit.platform.asked.set(name, now);
  }
}
