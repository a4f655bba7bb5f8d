/** One look at everything: models, tests, freshness, jobs, what is slow, and what to see to first. */
import { bySeverity, dataAlerts, jobAlerts, sentence } from "./alerts.ts";
import type { Dashboard as DashboardFacts } from "./answers.ts";
import { type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import {
  healthPicture,
  type ModelState,
  pickModels,
  type SourceState,
  type TestState,
} from "./health-facts.ts";
import { jobSummaries, listedJobs, meantModels, usualRuntimes } from "./job-facts.ts";
import { median, runtimes, slowest } from "./model-facts.ts";
import type { Item } from "./page.ts";
import type { Scope } from "./scope.ts";
import { FRESHNESS_STATUSES, HEALTH_STATUSES, TEST_STATUSES } from "./vocabulary.ts";

const SEE_TO_FIRST = 3;
const SLOWEST = 5;
/** Runs before the last one that "usual" is read from. */
const USUAL_RUNS = 10;
/** Jobs beyond this would not be read in one look. */
const MOST_JOBS = 50;

/** Builds the dashboard; `limit` caps the lists of alerts and of unhealthy models. */
export async function dashboard(
  facts: Facts,
  scope: Scope,
  selection: ModelSelection,
  limit: number,
): Promise<DashboardFacts> {
  const meant = meantModels(selection);
  const picture = await healthPicture(facts, scope.environmentKeys);
  const models = await pickModels(facts, picture, meant);
  const { keys: jobKeys } = await listedJobs(
    facts,
    { scope, models: meant, window: selection.window, lastNRuns: 1 },
    { offset: 0, limit: MOST_JOBS },
  );
  const usual = await usualRuntimes(facts, jobKeys);
  const alerts = [
    ...dataAlerts(picture, models, meant === null, facts.now),
    ...(await jobAlerts(facts, jobKeys, usual)),
  ].sort(bySeverity);
  const judged = models.map((model) => ({ model, health: picture.health(model) }));
  const modelKeys = new Set(models.map((model) => model.node_key));
  const tests =
    meant === null
      ? picture.tests
      : picture.tests.filter((test) => test.attached_key !== null && modelKeys.has(test.attached_key));
  const sources =
    meant === null
      ? [...picture.sources.values()]
      : [...new Set(models.flatMap((model) => picture.sourcesOf(model.node_key)))];
  const unhealthy = judged
    .filter(({ health }) => health.status !== "healthy")
    .sort((a, b) => HEALTH_STATUSES.indexOf(a.health.status) - HEALTH_STATUSES.indexOf(b.health.status));
  return {
    as_of: new Date(facts.now).toISOString(),
    projects: scope.projects.map((project) => ({
      project_id: project.project_id,
      environment: project.environment ?? "none",
    })),
    see_to_first: alerts.slice(0, SEE_TO_FIRST).map(sentence),
    alerts: alerts.slice(0, limit),
    alert_count: alerts.length,
    models: {
      ...counts(
        HEALTH_STATUSES,
        judged.map(({ health }) => health.status),
      ),
      total: models.length,
      unhealthy: unhealthy.slice(0, limit).map(({ model, health }) => ({
        model_id: model.model_id,
        health_status: health.status,
        reasons: health.reasons.slice(0, 5),
      })),
    },
    tests: testCounts(tests),
    freshness: freshnessCounts(sources),
    jobs: await jobLines(facts, jobKeys, usual),
    slowest_models: await slowestLines(facts, selection, models),
    source: facts.source,
  };
}

function counts<Word extends string>(words: readonly Word[], found: readonly Word[]): Record<Word, number> {
  const tally = new Map<Word, number>(words.map((word) => [word, 0]));
  for (const word of found) tally.set(word, (tally.get(word) ?? 0) + 1);
  // The map has been given every word of the list as a key.
  return Object.fromEntries(tally) as Record<Word, number>;
}

function testCounts(tests: readonly TestState[]): DashboardFacts["tests"] {
  const run = tests.filter((test) => test.tested_at !== null);
  return {
    total: tests.length,
    ...counts(
      TEST_STATUSES,
      run.map((test) => test.status),
    ),
    never_run: tests.length - run.length,
  };
}

function freshnessCounts(sources: readonly SourceState[]): DashboardFacts["freshness"] {
  return {
    total: sources.length,
    ...counts(
      FRESHNESS_STATUSES,
      sources.map((source) => source.status),
    ),
  };
}

async function jobLines(
  facts: Facts,
  keys: readonly number[],
  usual: readonly { job_key: number; usual_runtime_s: number }[],
): Promise<DashboardFacts["jobs"]> {
  const jobs = await jobSummaries(facts, keys);
  const usualByJob = new Map(usual.map((row) => [row.job_key, row.usual_runtime_s]));
  return keys.flatMap((key) => {
    const job = jobs.get(key);
    if (job === undefined) return [];
    const { job_id, name, last_run_id, last_run_status, last_run_ended_at, last_run_runtime_s } = job;
    const usual_runtime_s = roundSeconds(usualByJob.get(key) ?? null);
    return [
      { job_id, name, last_run_id, last_run_status, last_run_ended_at, last_run_runtime_s, usual_runtime_s },
    ];
  });
}

/** The slowest models by their last successful run, beside the median of the ten before it. */
async function slowestLines(
  facts: Facts,
  selection: ModelSelection,
  models: readonly ModelState[],
): Promise<DashboardFacts["slowest_models"]> {
  const last = { ...selection, lastNRuns: 1, ...(models.length === 0 ? { nodeKeys: [] } : {}) };
  const ranked = await slowest(facts, last, SLOWEST);
  const history = await runtimes(
    facts,
    { ...selection, lastNRuns: USUAL_RUNS + 1 },
    ranked.map((row) => row.node_key),
  );
  return history.flatMap((model) => {
    const [newest, ...before] = model.historical_runs.flatMap((run) =>
      run.status === "success" && run.runtime_s !== null ? [run.runtime_s] : [],
    );
    if (newest === undefined) return [];
    return [{ model_id: model.model_id, runtime_s: newest, usual_runtime_s: roundSeconds(median(before)) }];
  });
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
