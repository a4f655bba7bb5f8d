/** The shapes of answers about health model by model, test by test and source by source; `answers.ts` has the others. */
import * as z from "zod";
import { FreshnessCounts, HealthCounts, listOf, SourceFreshness, TestCounts, TestResult } from "./answers.ts";
import { COMPAT_STATUSES, EXECUTION_STATUSES, FRESHNESS_STATUSES, HEALTH_STATUSES } from "./vocabulary.ts";

const text = z.string();
const maybeText = z.string().nullable();
const time = z.string().nullable();
const seconds = z.number().nullable();
const count = z.int().min(0);

/**
 * How healthy a model is, and why. `compat_status` is Paradime's word for it, null where Paradime would not list it.
 * `affected_models` are those downstream of what is wrong with this one. Names are capped, the numbers of tests are
 * not: each test is in one of them, and `tests_not_run` are those that were skipped or have no result.
 */
export const ModelHealth = z.object({
  model_id: text,
  unique_id: text,
  project_id: text,
  environment: text,
  health_status: z.enum(HEALTH_STATUSES),
  compat_status: z.enum(COMPAT_STATUSES).nullable(),
  reasons: z.array(text),
  affected_models: count,
  last_run_status: z.enum(EXECUTION_STATUSES).nullable(),
  raw_status: text.optional(),
  last_run_at: time,
  last_run_age_s: seconds,
  last_success_at: time,
  last_success_age_s: seconds,
  failing_since: time,
  tests_total: count,
  tests_passed: count,
  tests_failed: count,
  tests_warned: count,
  tests_not_run: count,
  failing_tests: z.array(text),
  /** The worst of its sources upstream and its own. */
  freshness_status: z.enum(FRESHNESS_STATUSES),
  /** Null where its system does not look at that. */
  own_freshness_status: z.enum(FRESHNESS_STATUSES).nullable(),
  stale_sources: z.array(text),
});
export type ModelHealth = z.infer<typeof ModelHealth>;

/** `counts` are of all models that the filters mean, but for `status`. */
export const ModelHealths = listOf(ModelHealth).extend({ counts: HealthCounts.extend({ total: count }) });
export type ModelHealthCounts = z.infer<typeof ModelHealths>["counts"];

/**
 * A test, its last result, and how its last `runs_counted` results went, of which `fail_count` failed or could not run.
 * `model_id` is what it is about: a model, seed or snapshot, or `source.table`. `failures_relation` is where the failing
 * rows lie, of a test that stores them.
 */
export const ToldTestResult = TestResult.extend({
  model_id: maybeText,
  resource_type: maybeText,
  column_name: maybeText,
  project_id: text,
  environment: text,
  failing_since: time,
  fail_count: count,
  warn_count: count,
  runs_counted: count,
  failures_relation: maybeText,
});
export type ToldTestResult = z.infer<typeof ToldTestResult>;

/** `counts` are of all tests that the filters mean, but for `status` and `failed_only`. */
export const TestResults = listOf(ToldTestResult).extend({ counts: TestCounts });

/**
 * A source table, or a model with a freshness policy of its own. `status` is the verdict of its system when it was
 * checked, `status_now` what that comes to now: by the newest row that was seen then, as nobody has looked since.
 */
export const FreshnessState = SourceFreshness.extend({
  name: text,
  resource_type: text,
  project_id: text,
  environment: text,
  status_now: z.enum(FRESHNESS_STATUSES),
  warn_after_s: seconds,
  error_after_s: seconds,
  check_age_s: seconds,
  stale_since: time,
  message: text.optional(),
  /** How many models depend on it. */
  dependent_models: count,
});
export type FreshnessState = z.infer<typeof FreshnessState>;

/** `counts` are of all that the filters mean, but for `status`, by `status_now`. */
export const FreshnessStates = listOf(FreshnessState).extend({ counts: FreshnessCounts });
