/** One look at everything: models, tests, freshness, jobs, what is slow, and what to see to first. */
import { raw } from "sql-template-tag";
import { bySeverity, dataAlerts, type Subjects, sentence } from "./alerts.ts";
import type { Alert, Dashboard as DashboardFacts, JobSummary } from "./answers.ts";
import { amongKeys, type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { type FreshnessState, hasPolicy } from "./freshness-facts.ts";
import {
  type HealthPicture,
  healthPicture,
  type ModelState,
  pickModels,
  sourcesFeeding,
} from "./health-facts.ts";
import { conditionAlerts, jobAlerts, stuckRunAlerts } from "./job-alerts.ts";
import { jobSummaries, listedJobs, meantModels } from "./job-facts.ts";
import type { Item } from "./page.ts";
import { type RecentModels, recentJobs, recentModels } from "./recent-runtimes.ts";
import { runtimeAlerts } from "./runtime-alerts.ts";
import type { Scope } from "./scope.ts";
import { countEach } from "./statistics.ts";
import { testCounts, testTally } from "./test-facts.ts";
import { usualRuntimes } from "./usual.ts";
import { FRESHNESS_STATUSES, HEALTH_STATUSES } from "./vocabulary.ts";

const SEE_TO_FIRST = 3;
const SLOWEST = 5;

/** Builds the dashboard; `limit` caps the lists of alerts and of unhealthy models. */
export async function dashboard(
  facts: Facts,
  scope: Scope,
  selection: ModelSelection,
  limit: number,
): Promise<DashboardFacts> {
  const meant = meantModels(selection);
  const picture = await healthPicture(facts, scope.environmentKeys);
  const subjects = await subjectsOf(facts, picture, meant);
  const jobs = { scope, models: meant, window: selection.window, lastNRuns: 1 };
  const jobKeys = (await listedJobs(facts, jobs, { offset: 0, limit: Number.MAX_SAFE_INTEGER })).keys;
  const usual = await usualRuntimes(facts, jobKeys, { newest: 1 });
  const troubles = dataAlerts(picture, subjects, facts.now);
  // Of chosen models, a job's failure is news only where something chosen failed: else it failed for others.
  const failuresCount = meant === null || troubles.some((alert) => alert.severity === "critical");
  const jobTroubles = await jobAlerts(facts, jobKeys, failuresCount);
  const recent = await recentModels(facts, lastRuns(selection, subjects.models), SLOWEST);
  const slow = [
    ...runtimeAlerts(recent.suspects, facts.now, recent.build_s),
    ...runtimeAlerts(await recentJobs(facts, jobKeys), facts.now, 0),
  ];
  const stuck = await stuckRunAlerts(facts, scope, meant);
  const conditions = await conditionAlerts(facts, scope);
  const alerts = [...troubles, ...jobTroubles, ...slow, ...stuck, ...[...conditions.values()].flat()].sort(
    bySeverity,
  );
  const tested =
    meant === null
      ? raw("TRUE")
      : amongKeys(
          "t.attached_key",
          subjects.models.map((model) => model.node_key),
        );
  const judged = subjects.models.map((model) => ({ model, health: picture.health(model) }));
  const unhealthy = judged
    .filter(({ health }) => health.status !== "healthy")
    .sort((a, b) => HEALTH_STATUSES.indexOf(a.health.status) - HEALTH_STATUSES.indexOf(b.health.status));
  return {
    as_of: new Date(facts.now).toISOString(),
    projects: scope.projects.map((project) => ({
      project_id: project.project_id,
      environment: project.environment ?? "none",
    })),
    see_to_first: firstOf(alerts, [stuck, ...conditions.values()]).map(sentence),
    alerts: alerts.slice(0, limit),
    alert_count: alerts.length,
    models: {
      ...countEach(
        HEALTH_STATUSES,
        judged.map(({ health }) => health.status),
      ),
      total: judged.length,
      unhealthy: unhealthy.slice(0, limit).map(({ model, health }) => ({
        model_id: model.model_id,
        health_status: health.status,
        reasons: health.reasons.slice(0, 5),
      })),
    },
    tests: testCounts(await testTally(facts, { environmentKeys: scope.environmentKeys, which: tested })),
    freshness: freshnessCounts(subjects.freshness),
    jobs: await jobLines(facts, jobKeys, usual, limit),
    slowest_models: slowestLines(recent),
    source: facts.source,
  };
}

/** The worst alerts and, of each group of those that no model hangs on but everything may, the worst. */
function firstOf(alerts: readonly Alert[], groups: readonly (readonly Alert[])[]): Alert[] {
  const worst = alerts.slice(0, SEE_TO_FIRST);
  const heads = alerts.filter((alert) => groups.some((group) => group[0] === alert));
  return [...new Set([...worst, ...heads])];
}

/** Everything in the environments or, where models are chosen, these with their tests and sources. */
async function subjectsOf(
  facts: Facts,
  picture: HealthPicture,
  meant: ModelSelection | null,
): Promise<Subjects> {
  const models = await pickModels(facts, picture, meant);
  const own = models.flatMap((model) => picture.own.get(model.node_key) ?? []).filter(hasPolicy);
  if (meant === null) {
    const freshness = [...picture.sources.values(), ...own];
    return { models, tests: picture.troubledTests, freshness };
  }
  const keys = new Set(models.map((model) => model.node_key));
  return {
    models,
    tests: picture.troubledTests.filter((test) => test.attached_key !== null && keys.has(test.attached_key)),
    freshness: [...(await sourcesFeeding(facts, picture, [...keys])), ...own],
  };
}

function freshnessCounts(states: readonly FreshnessState[]): DashboardFacts["freshness"] {
  return {
    total: states.length,
    ...countEach(
      FRESHNESS_STATUSES,
      states.map((state) => state.status),
    ),
  };
}

/** Jobs with their last run: those whose last run failed first, then the newest; at most `limit`. */
async function jobLines(
  facts: Facts,
  keys: readonly number[],
  usual: readonly { job_key: number; usual_runtime_s: number }[],
  limit: number,
): Promise<DashboardFacts["jobs"]> {
  const jobs = await jobSummaries(facts, keys);
  const usualByJob = new Map(usual.map((row) => [row.job_key, row.usual_runtime_s]));
  const failedFirst = (job: JobSummary) =>
    `${job.last_run_status === "failure" ? 1 : 0} ${job.last_run_ended_at ?? ""}`;
  return [...jobs]
    .sort(([, a], [, b]) => failedFirst(b).localeCompare(failedFirst(a)))
    .slice(0, limit)
    .map(([key, { job_id, name, last_run_id, last_run_status, last_run_ended_at, last_run_runtime_s }]) => {
      const usual_runtime_s = roundSeconds(usualByJob.get(key) ?? null);
      return {
        job_id,
        name,
        last_run_id,
        last_run_status,
        last_run_ended_at,
        last_run_runtime_s,
        usual_runtime_s,
      };
    });
}

/** The selection by its last successes; nothing where it has chosen no model. */
function lastRuns(selection: ModelSelection, models: readonly ModelState[]): ModelSelection {
  return { ...selection, lastNRuns: 1, ...(models.length === 0 ? { nodeKeys: [] } : {}) };
}

/** The slowest models by their last successful run, beside the median of the ten before it. */
function slowestLines({ slowest }: RecentModels): DashboardFacts["slowest_models"] {
  return slowest.map(({ model_id, runtime_s, usual_runtime_s }) => ({
    model_id,
    runtime_s: roundSeconds(runtime_s) ?? 0,
    usual_runtime_s: roundSeconds(usual_runtime_s),
  }));
}

/** The answer of `getHealthDashboard`. */
export class Dashboard implements Item {
  readonly #facts: DashboardFacts;

  constructor(facts: DashboardFacts) {
    this.#facts = facts;
  }

  get totalModels(): number {
    return this.#facts.models.total;
  }
  get healthyModels(): number {
    return this.#facts.models.healthy;
  }
  get alerts(): DashboardFacts["alerts"] {
    return this.#facts.alerts;
  }
  get seeToFirst(): string[] {
    return this.#facts.see_to_first;
  }

  toJSON(): DashboardFacts {
    return this.#facts;
  }
}
