/** The results of runs: their steps ten runs at a time, their checks many at a time, and why they failed. */
import type { Row } from "../../store/port.ts";
import { groupBy, partsOf } from "../visit/groups.ts";
import type { KnownRun } from "../visit/known-runs.ts";
import { type CheckResult, resultsOf } from "./checks.ts";
import { resultsUnit } from "./result-rows.ts";
import { isFinished, statusOf } from "./run-rows.ts";
import { RUNS_AT_ONCE, type RunSteps, stepsOf } from "./steps.ts";
import type { DagsterVisit } from "./visit.ts";
import { NO_WORDS, wordsOf } from "./words.ts";

/** Failed runs whose logs are read where many runs are: the newest. */
const MOST_LOGS = 20;
/** Runs that are read for one question; the newest come first. */
const MOST_RUNS = 400;
/** Runs that are worth a longer look at their logs. */
const FEW_RUNS = 12;

/** Runs whose results have not been read; of too many the newest. */
export async function readUnread(visit: DagsterVisit, runs: readonly KnownRun[]): Promise<void> {
  const unread = runs.filter((run) => !run.results_read);
  if (unread.length > MOST_RUNS) {
    visit.miss(
      `${visit.platform.label}: only the newest ${MOST_RUNS} of ${unread.length} runs were read; ask for a shorter time, or for one job`,
    );
  }
  await readRuns(
    visit,
    unread.slice(0, MOST_RUNS).map((run) => run.run_id),
  );
}

/** Of these runs those that failed, or in which something failed, and nothing says why. */
export async function runsWithoutWords(visit: DagsterVisit, ids: readonly string[]): Promise<string[]> {
  const rows = await visit.rows<Row & { run_id: string }>(
    `SELECT r.run_id FROM stored_runs r JOIN stored_sources s USING (source_key)
     WHERE s.source_id = ? AND r.run_id IN (SELECT unnest(?::VARCHAR[])) AND r.results_read
       AND (r.status = 'failure' AND r.error_message IS NULL OR r.run_key IN (
         SELECT i.run_key FROM stored_executions x JOIN stored_invocations i USING (invocation_key)
         WHERE x.status = 'error' AND x.raw_status IS NULL AND x.message IS NULL))`,
    [ids],
  );
  return rows.map(({ run_id }) => run_id);
}

/** Reads the runs of these ids, newest first, and publishes what came. */
async function readRuns(visit: DagsterVisit, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const names = await visit.names();
  const logs = { left: MOST_LOGS };
  const howMany = ids.length <= FEW_RUNS ? "few" : "many";
  let done = 0;
  for (const batch of partsOf(ids, BATCH)) {
    const found = await stepsOfAll(visit, batch);
    // The results of a check in a hundred runs are one list: asked part by part it would be read again and again.
    const checks = await checksOf(visit, found);
    for (const one of found) {
      // Where a run does not say where it belongs, what it made does.
      const home = names.homeOf(one.steps.flatMap((step) => step.made.map(({ key }) => key)));
      if (one.run.location === null && home !== null) visit.homes.set(one.run.run_id, home);
      const place = visit.placeOf(one.run);
      if (place === null) continue;
      const words = isWorthALook(one) && logs.left-- > 0 ? await wordsOf(visit, one, howMany) : NO_WORDS;
      const results = { checks: checks.get(one.run.run_id) ?? [], ...words };
      const context = { names, pages: visit.platform.pages, now: visit.context.now() };
      await visit.slices.add((all) => [resultsUnit(visit.platform.ref, place, one, results, context, all)]);
    }
    done += batch.length;
    visit.context.progress({ done, total: ids.length, message: "runs read" });
  }
  await visit.slices.publish();
}

/** Runs whose checks are asked for together. */
const BATCH = 100;
/** Requests for steps that are sent at once: each is heavy for the server. */
const STEPS_AT_ONCE = 4;

/** The runs with their steps, in the order of the ids. */
async function stepsOfAll(visit: DagsterVisit, ids: readonly string[]): Promise<RunSteps[]> {
  const parts = partsOf(ids, RUNS_AT_ONCE);
  const found: RunSteps[][] = [];
  const queue = [...parts.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, part] = next;
      found[index] = await stepsOf(visit, part);
    }
  };
  // What fails for one fails for all: the others do not begin another part.
  const stop = (error: unknown) => {
    queue.length = 0;
    throw error;
  };
  await Promise.all(Array.from({ length: STEPS_AT_ONCE }, () => work().catch(stop)));
  return found.flat();
}

/** A run that has ended, and not well. */
function isWorthALook({ run, steps }: RunSteps): boolean {
  if (!isFinished({ status: statusOf(run.status), ended_at: run.ended_at })) return false;
  return run.status === "FAILURE" || steps.some((step) => step.status === "FAILURE");
}

/** Results of the checks that these runs were to evaluate, by run. A version that does not say which is asked for all. */
async function checksOf(
  visit: DagsterVisit,
  found: readonly RunSteps[],
): Promise<Map<string, CheckResult[]>> {
  const wanted = new Map<string, { key: string; name: string; runs: Set<string> }>();
  for (const { run, checks } of found) {
    for (const { key, name } of checks ?? (await visit.checks())) {
      const id = JSON.stringify([key, name]);
      const runs = wanted.get(id)?.runs ?? new Set<string>();
      wanted.set(id, { key, name, runs: runs.add(run.run_id) });
    }
  }
  const results = await resultsOf(visit, [...wanted.values()]);
  return groupBy(results, ({ run_id }) => run_id);
}
