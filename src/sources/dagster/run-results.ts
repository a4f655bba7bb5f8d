/** The results of runs: their steps ten runs at a time, their checks many at a time, and why they failed. */
import { groupBy } from "../visit/groups.ts";
import type { KnownRun } from "../visit/known-runs.ts";
import { type CheckResult, resultsOf } from "./checks.ts";
import type { Names } from "./names.ts";
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

/** Reads the runs of these ids, newest first, and publishes what came. */
async function readRuns(visit: DagsterVisit, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const names = await visit.names();
  const logs = { left: MOST_LOGS };
  const howMany = ids.length <= FEW_RUNS ? "few" : "many";
  let done = 0;
  const parts = Array.from({ length: Math.ceil(ids.length / RUNS_AT_ONCE) }, (_, index) =>
    ids.slice(index * RUNS_AT_ONCE, (index + 1) * RUNS_AT_ONCE),
  );
  const queue = [...parts];
  const work = async () => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      await readPart(visit, part, names, howMany, logs);
      done += part.length;
      visit.context.progress({ done, total: ids.length, message: "runs read" });
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
  await visit.slices.publish();
}

/** Parts that are asked for at once: each is heavy for the server. */
const PARTS_AT_ONCE = 4;

async function readPart(
  visit: DagsterVisit,
  ids: readonly string[],
  names: Names,
  howMany: "few" | "many",
  logs: { left: number },
): Promise<void> {
  const { context, platform } = visit;
  const found = await stepsOf(visit, ids);
  const checks = await checksOf(visit, found);
  for (const one of found) {
    const { run } = one;
    const place = visit.placeOf(run);
    if (place === null) continue;
    const words = isWorthALook(one) && logs.left-- > 0 ? await wordsOf(visit, one, howMany) : NO_WORDS;
    const results = { checks: checks.get(run.run_id) ?? [], ...words };
    await visit.slices.add((all) => [
      resultsUnit(
        platform.ref,
        place,
        one,
        results,
        { names, pages: platform.pages, now: context.now() },
        all,
      ),
    ]);
  }
}

/** A run that has ended, and not well. */
function isWorthALook({ run, steps }: RunSteps): boolean {
  if (!isFinished(statusOf(run.status))) return false;
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
