/** Everything about one model. */
import sql from "sql-template-tag";
import type { ModelDetail, ModelFreshness, TestResult } from "./answers.ts";
import { type Facts, secondsSince } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import type { FoundModel } from "./find.ts";
import { type FreshnessState, toFreshness, worstFreshness } from "./freshness-facts.ts";
import { healthPicture, type ModelState, sourcesFeeding } from "./health-facts.ts";
import { runtimes } from "./model-facts.ts";
import { type TestState, testsOf } from "./test-facts.ts";

/** The detail of a model without its code, which is asked for live. */
export async function modelDetail(
  facts: Facts,
  found: FoundModel,
  selection: ModelSelection,
): Promise<Omit<ModelDetail, "source">> {
  const picture = await healthPicture(facts, [found.environment_key]);
  const state = picture.models.get(found.node_key);
  const [model] = await runtimes(facts, { ...selection, includeRemoved: true, nodeKeys: [found.node_key] }, [
    found.node_key,
  ]);
  if (model === undefined) throw new Error(`model ${found.unique_id} vanished from its snapshot`);
  if (state === undefined)
    facts.note(`${found.model_id} is no longer in the newest definitions of its project.`);
  const health =
    state === undefined
      ? { status: "unknown" as const, reasons: ["no longer defined"] }
      : picture.health(state);
  const jobs = await facts.rows<{ job_id: string; name: string }>(sql`
    SELECT DISTINCT j.job_id, j.name FROM executions x JOIN invocations i USING (invocation_key) JOIN jobs j USING (job_key)
    WHERE x.builds AND x.node_key = ${found.node_key} AND NOT j.removed ORDER BY j.name, j.job_id`);
  return {
    ...model,
    path: found.path,
    owner: found.owner,
    health_status: health.status,
    health_reasons: health.reasons,
    freshness: freshnessOf(
      facts,
      await sourcesFeeding(facts, picture, [found.node_key]),
      picture.own.get(found.node_key),
      state,
    ),
    jobs,
    tests: (await testsOf(facts, found.environment_key, found.node_key)).map(toResult),
  };
}

/** The worst status of the sources upstream and of its own, and the age of the model's own last success. */
function freshnessOf(
  facts: Facts,
  sources: readonly FreshnessState[],
  own: FreshnessState | undefined,
  state: ModelState | undefined,
): ModelFreshness {
  const success = state?.last_success_at ?? null;
  return {
    status: worstFreshness(own === undefined ? sources : [...sources, own]),
    own: own === undefined ? null : toFreshness(own, facts.now),
    sources: sources.map((source) => toFreshness(source, facts.now)),
    last_success_at: success,
    last_success_age_s: secondsSince(success, facts.now),
  };
}

function toResult(test: TestState): TestResult {
  const { unique_id, name, test_type, severity, status, failures, message, tested_at } = test;
  return { unique_id, name, test_type, severity, status, failures, message, tested_at };
}
