/** What tests found last, and how often they failed: the worst first. */
import sql, { raw, type Sql } from "sql-template-tag";
import { all, amongKeys, amongTexts, pageOf } from "./facts.ts";
import { filtersRuntime, inJobs, inWindow } from "./filters.ts";
import type { ToldTestResult } from "./health-answers.ts";
import { CountedList, TestItem, type TestList } from "./health-item.ts";
import { type Inquiry, parseStatuses } from "./inquiry.ts";
import { meantModels } from "./job-facts.ts";
import { namedRoot } from "./lineage-roots.ts";
import { selectedModels } from "./model-facts.ts";
import type { TestsQuestion } from "./questions.ts";
import {
  isFailed,
  type TestRecord,
  type TestSelection,
  TOLD_ORDER,
  type ToldTest,
  testCounts,
  testRecords,
  testTally,
  toldTests,
} from "./test-facts.ts";
import { TEST_STATUSES } from "./vocabulary.ts";
import type { TimeWindow } from "./window.ts";

const LAST_RESULTS = 5;
/** Runs whose results are read for the history of tests, where any job may have run them. */
const MOST_READ_RUNS = 50;

/** Answers `get_test_results`. */
export async function testResults(inquiry: Inquiry<TestsQuestion>): Promise<TestList> {
  const { facts, question } = inquiry;
  const page = inquiry.page("get_test_results", 20);
  const job = await inquiry.job();
  const window = inquiry.window();
  const jobKeys = job === null ? undefined : [job.job_key];
  const among = resultsIn(jobKeys, window);
  const lastN = question.lastNRuns ?? LAST_RESULTS;
  if (among !== null) await needsResults(inquiry, jobKeys ?? (await allJobs(inquiry)), lastN, window);
  const selection: TestSelection = {
    environmentKeys: job?.environment_key == null ? inquiry.scope.environmentKeys : [job.environment_key],
    ...(await whichTests(inquiry)),
    among,
  };
  const { rows, total } = await pageOf<ToldTest>(
    facts,
    toldTests(selection, wanted(question)),
    TOLD_ORDER,
    page,
  );
  const keys = rows.map((row) => row.node_key);
  if (among === null && keys.length > 0)
    await needsResults(inquiry, await jobsOfTests(inquiry, keys, lastN), lastN, window);
  const records = await testRecords(facts, keys, lastN, among);
  const list = inquiry.list(
    page,
    total,
    rows.map((row) => new TestItem(toResult(row, records.get(row.node_key)))),
  );
  return new CountedList(list, testCounts(await testTally(facts, selection)));
}

/** Condition on results `x`: of these jobs and in the window; null where any will do. */
function resultsIn(jobKeys: readonly number[] | undefined, window: TimeWindow): Sql | null {
  const conditions = [inJobs(jobKeys), inWindow("x.recorded_at", window)];
  return conditions.every((condition) => condition === null) ? null : all(conditions);
}

/** The tests on what the question names, or on models that its filters choose. */
async function whichTests(
  inquiry: Inquiry<TestsQuestion>,
): Promise<{ which: Sql; environmentKeys?: readonly number[] }> {
  const { facts, scope, question } = inquiry;
  if (question.modelId !== undefined) {
    const about = await namedRoot(facts, scope, question.modelId);
    return { which: sql`t.attached_key = ${about.key}`, environmentKeys: [about.environment_key] };
  }
  const models = meantModels({ ...inquiry.selection(LAST_RESULTS), window: { since: null, until: null } });
  if (models === null) return { which: raw("TRUE") };
  if (filtersRuntime(models.filter)) await inquiry.needsExecutions(models);
  return { which: sql`t.attached_key IN (SELECT node_key FROM (${selectedModels(models)}))` };
}

/** Condition on the last result of a test. */
function wanted({ status, failedOnly = true }: TestsQuestion): Sql {
  if (status !== undefined) return amongTexts("status", parseStatuses(status, TEST_STATUSES));
  return failedOnly ? isFailed : raw("TRUE");
}

/** The results of the last runs of jobs. */
function needsResults(
  inquiry: Inquiry<TestsQuestion>,
  jobKeys: readonly number[],
  lastN: number,
  { since }: TimeWindow,
): Promise<void> {
  const back = { last_n_runs: lastN, ...(since === null ? {} : { since: Date.parse(since) }) };
  return inquiry.needsJobs(jobKeys, back);
}

async function allJobs({ facts, scope }: Inquiry<TestsQuestion>): Promise<number[]> {
  const jobs = await facts.rows<{ job_key: number }>(sql`
    SELECT job_key FROM jobs
    WHERE ${amongKeys("project_key", scope.projectKeys)} AND NOT removed
      AND (environment_key IS NULL OR ${amongKeys("environment_key", scope.environmentKeys)}) ORDER BY job_key`);
  return jobs.map((job) => job.job_key);
}

/** The jobs that may have run these tests: all, or those that are known to have, where all have too many runs to read. */
async function jobsOfTests(
  inquiry: Inquiry<TestsQuestion>,
  keys: readonly number[],
  lastN: number,
): Promise<number[]> {
  const jobs = await allJobs(inquiry);
  if (jobs.length * lastN <= MOST_READ_RUNS) return jobs;
  const known = await inquiry.facts.rows<{ job_key: number }>(sql`
    SELECT DISTINCT i.job_key FROM executions x JOIN invocations i USING (invocation_key)
    WHERE i.job_key IS NOT NULL AND ${amongKeys("x.node_key", keys)} ORDER BY 1`);
  return known.map((job) => job.job_key);
}

const NO_RECORD: TestRecord = { runs_counted: 0, fail_count: 0, warn_count: 0 };

function toResult(row: ToldTest, record: TestRecord = NO_RECORD): ToldTestResult {
  const { unique_id, name, test_type, severity, status, failures, message, tested_at } = row;
  const { project_id, environment, column_name, failing_since, failures_relation } = row;
  return {
    ...{ unique_id, name, test_type, severity, status, failures, message, tested_at },
    model_id: row.about,
    resource_type: row.about_type,
    ...{ column_name, project_id, environment, failing_since, ...record, failures_relation },
  };
}
