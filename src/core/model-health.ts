/** How healthy models are, one by one, the worst first. */
import { compatStatuses } from "./compat-status.ts";
import { type Facts, secondsSince } from "./facts.ts";
import { filtersRuntime, inJobs, isEmpty, isScoped, type ModelSelection } from "./filters.ts";
import { isStale, worstFreshness } from "./freshness-facts.ts";
import { fails, type Health } from "./health.ts";
import type { ModelHealth } from "./health-answers.ts";
import { type HealthPicture, healthPicture, type ModelState, pickModels } from "./health-facts.ts";
import { CountedList, ModelHealthItem, type ModelHealthList } from "./health-item.ts";
import { type Inquiry, parseStatuses } from "./inquiry.ts";
import { sourcesUpstream } from "./lineage.ts";
import { placesOf } from "./node-places.ts";
import type { HealthQuestion } from "./questions.ts";
import { countEach, groupBy } from "./statistics.ts";
import { type TestTally, testCounts, testTallies } from "./test-facts.ts";
import { HEALTH_STATUSES } from "./vocabulary.ts";

/** Names and reasons of one model that a list has room for. */
const MOST_NAMED = 5;

interface Judged {
  model: ModelState;
  health: Health;
  failing: string[];
}

/** Answers `get_model_health`. */
export async function modelHealth(inquiry: Inquiry<HealthQuestion>): Promise<ModelHealthList> {
  const { facts, question } = inquiry;
  const page = inquiry.page("get_model_health", 20);
  const selection = await inquiry.models(1);
  if (isScoped(selection) || filtersRuntime(selection.filter)) await inquiry.needsExecutions(selection);
  const picture = await healthPicture(facts, selection.environmentKeys);
  const judged = await judge(facts, picture, selection);
  const meant = question.failingTests ? judged.filter(({ failing }) => failing.length > 0) : judged;
  const statuses = parseStatuses(question.status ?? HEALTH_STATUSES, HEALTH_STATUSES);
  const listed = meant
    .filter(({ health }) => statuses.includes(health.status))
    .sort((a, b) => worstFirst(picture, a, b));
  const shown = listed.slice(page.offset, page.offset + page.limit);
  const items = await told(facts, picture, shown, selection);
  const counts = countEach(
    HEALTH_STATUSES,
    meant.map(({ health }) => health.status),
  );
  const list = inquiry.list(
    page,
    listed.length,
    items.map((item) => new ModelHealthItem(item)),
  );
  return new CountedList(list, { total: meant.length, ...counts });
}

async function judge(facts: Facts, picture: HealthPicture, selection: ModelSelection): Promise<Judged[]> {
  const isEverything = isEmpty(selection.filter) && !isScoped(selection);
  const models = await pickModels(facts, picture, isEverything ? null : selection);
  const failing = groupBy(picture.troubledTests.filter(fails), (test) => test.attached_key);
  return models.map((model) => ({
    model,
    health: picture.health(model),
    failing: (failing.get(model.node_key) ?? []).map((test) => test.name),
  }));
}

/** By status, then by how much is affected, then by name. */
function worstFirst(picture: HealthPicture, a: Judged, b: Judged): number {
  return (
    HEALTH_STATUSES.indexOf(a.health.status) - HEALTH_STATUSES.indexOf(b.health.status) ||
    picture.affected(b.model.node_key) - picture.affected(a.model.node_key) ||
    a.model.model_id.localeCompare(b.model.model_id) ||
    a.model.node_key - b.model.node_key
  );
}

/** The models of a page with all that is told of them. */
async function told(
  facts: Facts,
  picture: HealthPicture,
  judged: readonly Judged[],
  selection: ModelSelection,
): Promise<ModelHealth[]> {
  const keys = judged.map(({ model }) => model.node_key);
  const [placeOf, tallies, compat, upstream] = await Promise.all([
    placesOf(facts, keys),
    testTallies(facts, selection.environmentKeys, keys),
    compatStatuses(facts, keys, inJobs(selection.jobKeys)),
    sourcesUpstream(facts, keys),
  ]);
  const talliesOf = groupBy(tallies, (tally) => tally.attached_key);
  return judged.map(({ model, health, failing }) => {
    const key = model.node_key;
    const sources = (upstream.get(key) ?? []).flatMap((source) => picture.sources.get(source) ?? []);
    const own = picture.own.get(key);
    return {
      model_id: model.model_id,
      unique_id: model.unique_id,
      ...placeOf(key),
      health_status: health.status,
      compat_status: compat.get(key) ?? null,
      reasons: health.reasons.slice(0, MOST_NAMED),
      affected_models: picture.affected(key),
      last_run_status: model.last_status,
      ...(model.raw_status === null ? {} : { raw_status: model.raw_status }),
      last_run_at: model.last_at,
      last_run_age_s: secondsSince(model.last_at, facts.now),
      last_success_at: model.last_success_at,
      last_success_age_s: secondsSince(model.last_success_at, facts.now),
      failing_since: model.failing_since,
      ...testNumbers(talliesOf.get(key) ?? []),
      failing_tests: failing.slice(0, MOST_NAMED),
      freshness_status: worstFreshness(own === undefined ? sources : [...sources, own]),
      own_freshness_status: own?.status ?? null,
      stale_sources: sources
        .filter(isStale)
        .map((source) => source.name)
        .slice(0, MOST_NAMED),
    };
  });
}

function testNumbers(tallies: readonly TestTally[]) {
  const { total, pass, fail, error, warn, skipped, unknown, never_run } = testCounts(tallies);
  return {
    tests_total: total,
    tests_passed: pass,
    tests_failed: fail + error,
    tests_warned: warn,
    tests_not_run: skipped + unknown + never_run,
  };
}
