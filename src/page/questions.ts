/** What the page asks of the API, and no more of each answer than it shows. */
import type { Dashboard, JobRuntime, ModelRuntime, ModelSummary, ProjectSummary } from "../core/answers.ts";
import type { FreshnessState } from "../core/health-answers.ts";
import type { Lineage } from "../core/lineage-answers.ts";
import type { RuntimeTrend } from "../core/trend-answers.ts";
import type { Address, Subject } from "./address.ts";
import { ask, type Query } from "./api.ts";
import type { LongestAnswers } from "./bars-view.ts";
import type { Account } from "./header.ts";
import type { HealthAnswers } from "./health-view.ts";

/** Runs that an average is taken over. */
const RUNS_AVERAGED = 5;
const MOST_BARS = 8;
const MOST_POINTS = 1000;
/** Models of a side: more can neither be drawn nor read. */
const MOST_NODES = 60;
const MOST_PROJECTS = 1000;
/** Names that are offered while somebody searches. */
const MOST_NAMES = 5000;
const NAMES_AT_ONCE = 1000;

interface List<Item> {
  items: Item[];
  has_more: boolean;
  next_cursor: string | null;
}

export function askAccount(signal: AbortSignal): Promise<Account> {
  return ask("account", {}, signal);
}

export async function askProjects(signal: AbortSignal): Promise<ProjectSummary[]> {
  const { items } = await ask<List<ProjectSummary>>("projects", { limit: MOST_PROJECTS }, signal);
  return items;
}

export async function askHealth(address: Address, signal: AbortSignal): Promise<HealthAnswers> {
  const [health, { items: stale }] = await Promise.all([
    ask<Dashboard>("health", within(address), signal),
    ask<List<FreshnessState>>(
      "sources/freshness",
      { ...within(address), status: ["error", "warn", "runtime_error"] },
      signal,
    ),
  ]);
  return { health, stale };
}

export async function askLongest(address: Address, signal: AbortSignal): Promise<LongestAnswers> {
  const how = { ...within(address), last_n_runs: RUNS_AVERAGED };
  const [models, jobs] = await Promise.all([
    ask<List<ModelRuntime>>(
      "models/slowest",
      {
        ...how,
        slowest_n: MOST_BARS,
        fields: ["model_id", "name", "project_id", "average_runtime_s", "runs_counted"],
      },
      signal,
    ),
    ask<List<JobRuntime>>(
      "jobs/longest",
      {
        ...how,
        longest_n: MOST_BARS,
        fields: ["job_id", "name", "project_id", "average_job_runtime_s", "runs_counted"],
      },
      signal,
    ),
  ]);
  return { models: models.items, jobs: jobs.items };
}

export function askTrend(subject: Subject, address: Address, signal: AbortSignal): Promise<RuntimeTrend> {
  const { days, by, environment } = address;
  const about =
    subject.kind === "model"
      ? { model_id: subject.id }
      : { job_id: subject.id, project_id: subject.project ?? address.project };
  return ask("runtime-trend", { ...about, environment, by, since: `${days}d`, limit: MOST_POINTS }, signal);
}

export function askLineage(model: string, address: Address, signal: AbortSignal): Promise<Lineage> {
  const { depth, environment } = address;
  return ask(
    "lineage",
    { model_id: model, depth, environment, include: ["healthy", "edges"], limit: MOST_NODES },
    signal,
  );
}

/** Ids of all models, as far as so many can be offered. */
export async function askNames(address: Address, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | null = null, more = true; more && names.length < MOST_NAMES; ) {
    const question: Query = { ...within(address), fields: ["model_id"], limit: NAMES_AT_ONCE, cursor };
    const page: List<ModelSummary> = await ask("models", question, signal);
    names.push(...page.items.map(({ model_id }) => model_id));
    cursor = page.next_cursor;
    more = page.has_more;
  }
  return names;
}

function within({ project, environment }: Address): Query {
  return { project_ids: project === null ? null : [project], environment };
}
