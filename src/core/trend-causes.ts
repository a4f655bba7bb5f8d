/** What changed when a run time did: in the code, in the data, and in what it is made of. */
import sql, { type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import { settledExecutions } from "./attempts.ts";
import { CHANGE } from "./change-point.ts";
import { Days } from "./days.ts";
import { amongKeys, type Facts, roundSeconds } from "./facts.ts";
import type { Inquiry } from "./inquiry.ts";
import type { Observation } from "./observations.ts";
import { runsOfProjects } from "./observations.ts";
import type { TrendQuestion } from "./questions.ts";
import { groupBy, median, sum } from "./statistics.ts";
import type { Cause } from "./trend-answers.ts";
import type { TrendSubject, Windows } from "./trend-subject.ts";

/** Of each kind of change so many are named at most. */
const MOST_NAMED = 5;
/** Runs on each side of the change whose parts are compared. */
const RUNS_COMPARED = 5;
/** A part is named when it is at least this share of what changed. */
const LEAST_PART = 0.1;
/** Steps upstream that are looked at: a broken manifest may go round in circles. */
const MOST_STEPS = 50;

/** What counts before the change and from it on, and what lies between the last before and the first after. */
export interface Sides {
  before: readonly Observation[];
  after: readonly Observation[];
  between: readonly Observation[];
}

export async function whatChanged(
  inquiry: Inquiry<TrendQuestion>,
  subject: TrendSubject,
  sides: Sides,
  windows: Windows,
): Promise<Cause[]> {
  const { facts } = inquiry;
  const [last, first] = [sides.before.at(-1), sides.after[0]];
  if (last === undefined || first === undefined) return [];
  if (subject.kind === "project") return jobsThatChanged(inquiry, sides, windows);
  const refreshes = sides.between
    .filter((one) => one.full_refresh)
    .map((one): Cause => ({ what: "full_refresh", from: null, to: one.run_id, at: iso(one.at) }));
  if (subject.kind === "job") {
    const compared = [...sides.before.slice(-RUNS_COMPARED), ...sides.after.slice(0, RUNS_COMPARED)];
    await inquiry.needsResults(compared.flatMap((one) => one.run_key ?? []));
    return [
      ...(await modelsThatChanged(facts, sides)),
      ...(await versions(facts, { job: subject.job.job_key }, last, first)),
      ...refreshes,
      ...(await commits(facts, last, first)),
    ];
  }
  return [
    ...(await versions(facts, { node: subject.model.node_key }, last, first)),
    ...refreshes,
    ...(await commits(facts, last, first)),
    ...levelOf("rows", sides),
    ...levelOf("bytes", sides),
  ];
}

type VersionRow = Row & {
  node_key: number;
  first_seen_at: string;
  checksum: string | null;
  materialization: string | null;
  checksum_before: string | null;
  materialization_before: string | null;
};
type PartOfSubject = Row & { node_key: number; subject: string; steps: number };

/**
 * Versions of a model, and of what is upstream of it, that were first seen after the last run before the change and
 * before the end of the first run after it; of a job those of all that it builds.
 */
async function versions(
  facts: Facts,
  of: { node: number } | { job: number },
  last: Observation,
  first: Observation,
): Promise<Cause[]> {
  const until = sql`(SELECT max(coalesce(r.ended_at, epoch_ms(${first.at}::BIGINT))) FROM runs r WHERE r.run_key = ${first.run_key})`;
  const changed = await facts.rows<VersionRow>(sql`
    WITH new AS (
      SELECT node_key, first_seen_at FROM node_versions
      WHERE first_seen_at > epoch_ms(${last.at}::BIGINT) AND first_seen_at <= ${until})
    SELECT v.* FROM (
      SELECT node_key, checksum, materialization, first_seen_at, lag(first_seen_at) OVER w AS before_at,
             lag(checksum) OVER w AS checksum_before, lag(materialization) OVER w AS materialization_before
      FROM node_versions WHERE node_key IN (SELECT node_key FROM new)
      WINDOW w AS (PARTITION BY node_key ORDER BY first_seen_at)) v
    SEMI JOIN new USING (node_key, first_seen_at)
    WHERE v.before_at IS NOT NULL`);
  // Mostly nothing has changed, and there is nothing to be looked for upstream.
  if (changed.length === 0) return [];
  const keys = changed.map((row) => row.node_key);
  const named = await facts.rows<PartOfSubject>(sql`
    WITH RECURSIVE ${parts(of)}
    SELECT n.node_key, coalesce(n.model_id, n.unique_id) AS subject, min(p.steps) AS steps
    FROM parts p JOIN nodes n USING (node_key)
    WHERE ${amongKeys("n.node_key", keys)} AND n.resource_type IN ('model', 'seed', 'snapshot')
    GROUP BY n.node_key, subject ORDER BY steps, subject LIMIT ${MOST_NAMED}`);
  const rows = named.flatMap((part) =>
    changed.filter((row) => row.node_key === part.node_key).map((row) => ({ ...row, ...part })),
  );
  return rows.flatMap((row): Cause[] => {
    const { subject, first_seen_at: at } = row;
    const other: Cause[] = [];
    if (row.materialization !== row.materialization_before) {
      const [from, to] = [row.materialization_before, row.materialization];
      other.push({ what: "materialization", subject, from, to, at });
    }
    if (row.checksum === row.checksum_before) return other;
    const what = row.steps > 0 ? "upstream" : "code";
    return [{ what, subject, from: short(row.checksum_before), to: short(row.checksum), at }, ...other];
  });
}

/** `parts(node_key, steps)`: what the subject is made of, and how many steps upstream. */
function parts(of: { node: number } | { job: number }): Sql {
  if ("job" in of) {
    return sql`parts AS (
      SELECT DISTINCT x.node_key, 0 AS steps FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.job_key = ${of.job} AND x.builds)`;
  }
  return sql`parts(node_key, steps) AS (
    SELECT ${of.node}::INTEGER, 0
    UNION
    SELECT e.parent_key, p.steps + 1 FROM parts p JOIN edges e ON e.child_key = p.node_key WHERE p.steps < ${MOST_STEPS})`;
}

/** Commit and branch of the runs on both sides, where they differ. */
async function commits(facts: Facts, last: Observation, first: Observation): Promise<Cause[]> {
  const keys = [last.run_key, first.run_key].flatMap((key) => key ?? []);
  const rows = await facts.rows<{ run_key: number; commit_sha: string | null; branch: string | null }>(
    sql`SELECT run_key, commit_sha, branch FROM runs WHERE ${amongKeys("run_key", keys)}`,
  );
  const [from, to] = [last, first].map((one) => rows.find((row) => row.run_key === one.run_key));
  const pairs = [
    { what: "commit", from: short(from?.commit_sha), to: short(to?.commit_sha) },
    { what: "branch", from: from?.branch ?? null, to: to?.branch ?? null },
  ] as const;
  return pairs.filter((pair) => pair.from !== pair.to);
}

/** Rows or bytes, where their medians moved about as much as a run time has to. */
function levelOf(what: "rows" | "bytes", { before, after }: Sides): Cause[] {
  const from = median(before.flatMap((one) => one[what] ?? []));
  const to = median(after.flatMap((one) => one[what] ?? []));
  if (from === null || to === null) return [];
  const ratio = Math.max(from, to) / Math.max(1, Math.min(from, to));
  return ratio < CHANGE.ratio ? [] : [{ what, from, to }];
}

type PartRow = { subject: string; before_s: number; after_s: number };

/** The models of a job that took more or less time from the change on: those that make up most of it first. */
async function modelsThatChanged(facts: Facts, { before, after }: Sides): Promise<Cause[]> {
  const keys = (side: readonly Observation[]) => side.flatMap((one) => one.run_key ?? []);
  const [left, right] = [keys(before.slice(-RUNS_COMPARED)), keys(after.slice(0, RUNS_COMPARED))];
  const rows = await facts.rows<PartRow>(sql`
    WITH times AS (
      SELECT x.node_key, i.run_key, ${amongKeys("i.run_key", right)} AS is_after, sum(x.runtime_s) AS runtime_s
      FROM ${settledExecutions} JOIN invocations i USING (invocation_key)
      WHERE ${amongKeys("i.run_key", [...left, ...right])} AND x.builds AND x.status = 'success' GROUP BY ALL)
    SELECT n.model_id AS subject, coalesce(median(t.runtime_s) FILTER (NOT is_after), 0) AS before_s,
           coalesce(median(t.runtime_s) FILTER (is_after), 0) AS after_s
    FROM times t JOIN nodes n USING (node_key) WHERE n.resource_type = 'model' GROUP BY ALL ORDER BY subject`);
  return largest(rows);
}

/** The jobs of a project whose time a day changed: means of the whole days on both sides. */
async function jobsThatChanged(
  inquiry: Inquiry<TrendQuestion>,
  { before, after }: Sides,
  windows: Windows,
): Promise<Cause[]> {
  const { facts, scope, question } = inquiry;
  const window = { since: iso(windows.before), until: iso(windows.until) };
  const runs = await runsOfProjects(facts, scope, window);
  const names = await facts.rows<{ job_key: number; name: string }>(sql`SELECT job_key, name FROM jobs`);
  const days = new Days(question.timezone ?? "UTC");
  const [left, right] = [before, after].map((side) => new Set(side.map((day) => day.at)));
  const daily = (ofJob: readonly Observation[], side: ReadonlySet<number> | undefined) =>
    sum(ofJob.flatMap((run) => (side?.has(days.of(run.at).start) ? (run.runtime_s ?? 0) : 0))) /
    (side?.size ?? 1);
  return largest(
    [...groupBy(runs, (run) => run.job_key)].map(([key, ofJob]) => ({
      subject: names.find((job) => job.job_key === key)?.name ?? "no job",
      before_s: daily(ofJob, left),
      after_s: daily(ofJob, right),
    })),
  );
}

/** The parts whose times moved most. */
function largest(parts: readonly PartRow[]): Cause[] {
  const moved = (part: PartRow) => Math.abs(part.after_s - part.before_s);
  const least = LEAST_PART * sum(parts.map(moved));
  return [...parts]
    .sort((a, b) => moved(b) - moved(a))
    .filter((part) => moved(part) > least)
    .slice(0, MOST_NAMED)
    .map(({ subject, before_s, after_s }) => ({
      what: "runtime",
      subject,
      from: roundSeconds(before_s),
      to: roundSeconds(after_s),
    }));
}

const iso = (at: number): string => new Date(at).toISOString();

/** As much of a checksum or commit as tells it from others. */
function short(hash: string | null | undefined): string | null {
  return hash?.slice(0, 10) ?? null;
}
