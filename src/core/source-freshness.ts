/** How fresh sources are, by the verdict of their system and by what that comes to now: the worst first. */
import sql from "sql-template-tag";
import { all, amongKeys, type Facts, secondsSince } from "./facts.ts";
import { filtersRuntime, isCurrent, isEmpty } from "./filters.ts";
import { type FreshnessState, freshnessStates, hasPolicy, toFreshness } from "./freshness-facts.ts";
import { FRESHNESS_RANK } from "./health.ts";
import type { FreshnessState as ToldFreshness } from "./health-answers.ts";
import { CountedList, FreshnessItem, type FreshnessList } from "./health-item.ts";
import { type Inquiry, parseStatuses } from "./inquiry.ts";
import { modelsDownstream, upstreamOf } from "./lineage.ts";
import { selectedModels } from "./model-facts.ts";
import { placesOf } from "./node-places.ts";
import type { FreshnessQuestion } from "./questions.ts";
import { countEach } from "./statistics.ts";
import { FRESHNESS_STATUSES, type FreshnessStatus } from "./vocabulary.ts";

interface Dated {
  state: FreshnessState;
  now: FreshnessStatus;
}

/** Answers `get_source_freshness`. */
export async function sourceFreshness(inquiry: Inquiry<FreshnessQuestion>): Promise<FreshnessList> {
  const { facts, question } = inquiry;
  const page = inquiry.page("get_source_freshness", 20);
  const meant = (await meantStates(inquiry)).map((state) => ({ state, now: statusNow(state, facts.now) }));
  const statuses = parseStatuses(question.status ?? FRESHNESS_STATUSES, FRESHNESS_STATUSES);
  const listed = meant.filter(({ now }) => statuses.includes(now)).sort(worstFirst);
  const shown = listed.slice(page.offset, page.offset + page.limit);
  const items = await told(facts, shown);
  const counts = countEach(
    FRESHNESS_STATUSES,
    meant.map(({ now }) => now),
  );
  const list = inquiry.list(
    page,
    listed.length,
    items.map((item) => new FreshnessItem(item)),
  );
  return new CountedList(list, { total: meant.length, ...counts });
}

/**
 * What a verdict comes to at `now` (epoch milliseconds): the age of the newest row that was seen, held to the same
 * criteria as dbt does. What nobody looked at, or could not, stays so; and where no ages are asked for, the verdict
 * stands.
 */
export function statusNow(
  state: Pick<FreshnessState, "status" | "criterion" | "max_loaded_at" | "warn_after_s" | "error_after_s">,
  now: number,
): FreshnessStatus {
  const { status, criterion, max_loaded_at, warn_after_s, error_after_s } = state;
  const isJudgedByAge = criterion === null && (warn_after_s !== null || error_after_s !== null);
  if (status === "unchecked" || status === "runtime_error" || max_loaded_at === null || !isJudgedByAge)
    return status;
  const age = (now - Date.parse(max_loaded_at)) / 1000;
  if (error_after_s !== null && age > error_after_s) return "error";
  return warn_after_s !== null && age > warn_after_s ? "warn" : "pass";
}

/** Sources, and models that have a policy of their own; of chosen models these, and the sources that feed them. */
async function meantStates(inquiry: Inquiry<FreshnessQuestion>): Promise<FreshnessState[]> {
  const { facts, scope } = inquiry;
  const states = (await freshnessStates(facts, scope.environmentKeys)).filter(
    (state) => state.resource_type === "source" || hasPolicy(state),
  );
  const selection = inquiry.selection(1);
  if (isEmpty(selection.filter)) {
    await noteWithoutCriteria(facts, scope.environmentKeys);
    return states;
  }
  if (filtersRuntime(selection.filter)) await inquiry.needsExecutions(selection);
  const models = await facts.rows<{ node_key: number }>(selectedModels(selection));
  const keys = models.map((model) => model.node_key);
  const meant = new Set([...keys, ...(await upstreamOf(facts, keys))]);
  return states.filter((state) => meant.has(state.node_key));
}

/** A source that nothing is asked of is neither fresh nor stale, but its absence from the list says neither. */
async function noteWithoutCriteria(facts: Facts, environmentKeys: readonly number[]): Promise<void> {
  const row = await facts.first<{ times: number }>(sql`
    SELECT count(*) AS times FROM nodes n JOIN environments e USING (environment_key)
    WHERE ${all([sql`n.resource_type = 'source'`, amongKeys("n.environment_key", environmentKeys), isCurrent])}
      AND n.warn_after_s IS NULL AND n.error_after_s IS NULL
      AND n.node_key NOT IN (SELECT node_key FROM freshness UNION ALL SELECT node_key FROM reported_freshness)`);
  const times = row?.times ?? 0;
  if (times === 0) return;
  const what =
    times === 1
      ? "1 source table has no freshness criteria and is"
      : `${times} source tables have no freshness criteria and are`;
  facts.note(`${what} left out.`);
}

/** By what it comes to now, then the oldest, then by name. */
function worstFirst(a: Dated, b: Dated): number {
  return (
    FRESHNESS_RANK[b.now] - FRESHNESS_RANK[a.now] ||
    (a.state.max_loaded_at ?? "").localeCompare(b.state.max_loaded_at ?? "") ||
    a.state.name.localeCompare(b.state.name) ||
    a.state.node_key - b.state.node_key
  );
}

async function told(facts: Facts, dated: readonly Dated[]): Promise<ToldFreshness[]> {
  const keys = dated.map(({ state }) => state.node_key);
  const [placeOf, downstream] = await Promise.all([placesOf(facts, keys), modelsDownstream(facts, keys)]);
  return dated.map(({ state, now }) => ({
    ...toFreshness(state, facts.now),
    name: state.name,
    resource_type: state.resource_type,
    ...placeOf(state.node_key),
    status_now: now,
    warn_after_s: state.warn_after_s,
    error_after_s: state.error_after_s,
    check_age_s: secondsSince(state.checked_at, facts.now),
    stale_since: state.stale_since ?? staleSince(state, now),
    ...(state.message === null ? {} : { message: state.message }),
    dependent_models: downstream.get(state.node_key)?.length ?? 0,
  }));
}

/** When what was fresh at its check became stale: as soon as its newest row was older than what is asked of it. */
function staleSince({ max_loaded_at, warn_after_s, error_after_s }: FreshnessState, now: FreshnessStatus) {
  const after = warn_after_s ?? error_after_s;
  if ((now !== "warn" && now !== "error") || max_loaded_at === null || after === null) return null;
  return new Date(Date.parse(max_loaded_at) + after * 1000).toISOString();
}
