/**
 * The results of whole runs: from Discovery in one request, or from the artifacts of each command where Discovery
 * has the run no more, or tells less than the artifacts do.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InvocationUnit, RunUnit, Unit } from "../../store/units.ts";
import { readResults } from "../dbt/read-results.ts";
import { runStatus } from "../dbt/statuses.ts";
import { microsOf, orNull } from "../dbt/times.ts";
import { type KnownRun, readRun } from "../visit/known-runs.ts";
import type { Place } from "../visit/place.ts";
import { unlistedRun } from "../visit/unlisted-run.ts";
import { WireError } from "../wire/failure.ts";
import { textOf } from "../wire/loose.ts";
import { isRefusal } from "./failures.ts";
import { invocationUnits } from "./invocation-units.ts";
import { executionsOf, freshnessRowOf, testResultOf } from "./result-rows.ts";
import { runUnit, statusOf } from "./run-rows.ts";
import { dbtCommandOf, resultsFileOf } from "./steps.ts";
import type { CloudVisit } from "./visit.ts";
import type { CloudRun } from "./wire.ts";

/** Discovery keeps the results of runs for two months (vendor's documents); a few days less, to be sure. */
const RETENTION_MS = 58 * 86_400_000;
const REFUSED = "the Discovery API refuses the token, so that results come from the artifacts of runs.";
/** Runs whose artifacts are read in one go. */
const AT_ONCE = 16;

/** Commands of a job that leave results; what is not known of a job counts as one. */
function commandsOf(visit: CloudVisit, run: KnownRun): string[] {
  const commands = placeOf(visit, run)?.job.commands ?? [];
  return commands.filter((command) => resultsFileOf(dbtCommandOf(command)) !== null);
}

function placeOf(visit: CloudVisit, { project_id, environment_id, job_id }: KnownRun): Place | null {
  return visit.account.placeOf({ project_id, environment_id, job_id });
}

/** What the artifacts of a run take, in requests: the run with its steps, and a file for each command. */
function artifactsCost(visit: CloudVisit, run: KnownRun): number {
  return 1 + Math.max(1, commandsOf(visit, run).length);
}

/**
 * Whether Discovery tells all that matters of a run, in fewer requests than its artifacts. Freshness comes without
 * the command that checked it, and a run without a job is not there.
 */
function isForDiscovery(visit: CloudVisit, run: KnownRun): boolean {
  if (!/^\d+$/.test(run.job_id ?? "") || visit.platform.withoutDiscovery) return false;
  if (visit.platform.large.has(run.environment_id)) return false;
  const checks = commandsOf(visit, run).some(
    (command) => resultsFileOf(dbtCommandOf(command)) === "sources.json",
  );
  return (
    !isPastRetention(visit, run) && !checks && visit.discovery.requestsPerRun < artifactsCost(visit, run)
  );
}

/** True where Discovery has forgotten a run. */
export function isPastRetention({ context }: CloudVisit, { ended_at }: KnownRun): boolean {
  return (ended_at ?? Number.POSITIVE_INFINITY) / 1000 <= context.now() - RETENTION_MS;
}

/** What reading these runs takes, in requests. */
export function readingCost(visit: CloudVisit, runs: readonly KnownRun[]): number {
  const { requestsPerRun } = visit.discovery;
  return runs.reduce(
    (sum, run) => sum + (isForDiscovery(visit, run) ? requestsPerRun : artifactsCost(visit, run)),
    0,
  );
}

/**
 * Reads the results of finished runs into the store. What was read stays when another fails; rejects with the first
 * failure then.
 */
export async function readRuns(visit: CloudVisit, runs: readonly KnownRun[]): Promise<void> {
  const failures: unknown[] = [];
  let done = 0;
  const report = (count: number) => {
    done += count;
    visit.context.progress({ done, total: runs.length, message: "Reading the results of runs" });
  };
  const left: KnownRun[] = runs.filter((run) => !isForDiscovery(visit, run));
  const asked = runs.filter((run) => isForDiscovery(visit, run));
  await Promise.all(
    asked.map(async (run) => {
      try {
        if (await readFromDiscovery(visit, run)) report(1);
        else left.push(run);
      } catch (error) {
        if (isRefusal(error)) {
          visit.platform.withoutDiscovery = true;
          visit.note(`${visit.platform.label}: ${REFUSED}`);
          left.push(run);
        } else failures.push(error);
      }
    }),
  );
  for (let from = 0; from < left.length; from += AT_ONCE) {
    const some = left.slice(from, from + AT_ONCE);
    try {
      await readFromArtifacts(visit, some);
      report(some.length);
    } catch (error) {
      failures.push(error);
      break;
    }
  }
  if (failures.length > 0) throw failures.find((error) => error instanceof WireError) ?? failures[0];
}

/** True where Discovery had the run. */
async function readFromDiscovery(visit: CloudVisit, run: KnownRun): Promise<boolean> {
  const place = placeOf(visit, run);
  if (place === null || run.job_id === null) return true;
  const found = await visit.discovery.jobRun(run.job_id, run.run_id, visit.context.signal);
  if (found === null) return false;
  const nodes = [...found.models, ...found.seeds, ...found.snapshots, ...found.exposures];
  const results = [...nodes.flatMap(executionsOf), ...found.tests.flatMap((row) => testResultOf(row) ?? [])];
  // What other runs found of the sources is told here too.
  const freshness = found.sources
    .flatMap((row) => freshnessRowOf(row) ?? [])
    .filter(
      ({ snapshotted_at }) =>
        snapshotted_at >= (run.started_at ?? Number.POSITIVE_INFINITY) &&
        snapshotted_at <= (run.ended_at ?? 0),
    );
  if (results.length === 0) return false;
  await visit.slices.add((words) => [
    ...invocationUnits(
      visit.platform.ref,
      { place, runId: run.run_id, results, freshness },
      { complete: true, standIn: false },
      words,
    ),
    readRun(visit.platform.ref, place, run),
  ]);
  return true;
}

/** One file of results of one command. */
interface Download {
  run: KnownRun;
  place: Place;
  file: string;
}

async function readFromArtifacts(visit: CloudVisit, runs: readonly KnownRun[]): Promise<void> {
  const { context, platform } = visit;
  const folder = await mkdtemp(join(tmpdir(), "runlens-"));
  try {
    const found = await Promise.all(runs.map((run) => download(visit, run, folder)));
    const downloads = found.flatMap(({ files }) => files);
    const marks: Unit[] = found.flatMap(({ mark }) => mark ?? []);
    if (downloads.length === 0) return await visit.slices.add(() => marks);
    const paths = downloads.map(({ file }) => file);
    const { words, files } = await readResults(paths, context.now() * 1000, context.signal);
    const units = files.flatMap((read, index): InvocationUnit[] => {
      const from = downloads[index];
      if (from === undefined) return [];
      if ("problem" in read) {
        visit.miss(`${platform.label}: the results of run ${from.run.run_id} ${read.problem}.`);
        return [];
      }
      const { facts, executions, freshness } = read;
      if (facts.dropped > 0)
        visit.miss(
          `${platform.label}: ${facts.dropped} results of run ${from.run.run_id} could not be read.`,
        );
      return [{ ...unitOf(visit, from, facts), executions, freshness }];
    });
    await visit.slices.publishBatch({ words, units: [...units, ...marks] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Facts = Extract<Awaited<ReturnType<typeof readResults>>["files"][number], { facts: unknown }>["facts"];

function unitOf(
  visit: CloudVisit,
  { run, place }: Download,
  facts: Facts,
): Omit<InvocationUnit, "executions" | "freshness"> {
  const { command, metadata, generatedAt, elapsed } = facts;
  const startedAt = microsOf(metadata.invocation_started_at);
  return {
    kind: "invocation",
    source: visit.platform.ref,
    ...place,
    run: unlistedRun(run.run_id),
    invocation: {
      invocation_id: textOf(metadata.invocation_id) ?? `dbt-cloud run ${run.run_id} ${generatedAt}`,
      kind: facts.kind,
      command: command.word,
      command_line: command.line,
      builds: command.builds,
      tests: command.tests,
      full_refresh: command.fullRefresh,
      complete: true,
      stand_in: false,
      status: runStatus(facts.hasFailed),
      started_at: orNull(Number.isNaN(startedAt) ? generatedAt - elapsed * 1e6 : startedAt),
      ended_at: generatedAt,
      elapsed_s: orNull(elapsed),
      dbt_version: textOf(metadata.dbt_version),
      location: `dbt-cloud:run/${run.run_id}`,
    },
  };
}

/** The files of a run's commands. A run that is not there any more has none, and is not asked for again. */
async function download(
  visit: CloudVisit,
  wanted: KnownRun,
  folder: string,
): Promise<{ files: Download[]; mark: RunUnit | null }> {
  const { admin, context, platform } = visit;
  let run: CloudRun;
  try {
    run = await admin.run(wanted.run_id, { steps: true }, context.signal);
  } catch (error) {
    const place = placeOf(visit, wanted);
    if (!(error instanceof WireError && error.code === "NOT_FOUND") || place === null) throw error;
    return { files: [], mark: readRun(platform.ref, place, wanted) };
  }
  const place = visit.account.placeOf(run);
  if (place === null) return { files: [], mark: null };
  const steps = run.run_steps.flatMap((step) => {
    const name = resultsFileOf(dbtCommandOf(step.run_step_command?.dbt_command ?? step.name ?? ""));
    return name === null || step.index === null ? [] : [{ index: step.index, name }];
  });
  const files = await Promise.all(
    steps.map(async ({ index, name }): Promise<Download[]> => {
      // Two commands of one run have files of the same name.
      const file = join(folder, `${wanted.run_id}-${index}-${name}`);
      const isThere = await admin.artifactToFile(wanted.run_id, name, index, file, context.signal);
      return isThere ? [{ run: wanted, place, file }] : [];
    }),
  );
  const isOver = !["queued", "running"].includes(statusOf(run.status));
  return { files: files.flat(), mark: runUnit(platform.ref, place, run, platform.pages, isOver) };
}
