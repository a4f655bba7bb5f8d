/** One question on its way to an answer: what it names has been found, and its facts are pinned. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import type { FactKind, Need } from "../sources/source.ts";
import { amongKeys, type Facts } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { type FoundJob, type FoundRun, findJob, findModel, findRun } from "./find.ts";
import { type JobSelection, meantModels } from "./job-facts.ts";
import { selectedModels } from "./model-facts.ts";
import { type Item, List, type PageOptions, type Paging, paging } from "./page.ts";
import { type AnyQuestion, type ModelsQuestion, modelFilterOf } from "./questions.ts";
import type { Scope } from "./scope.ts";
import { resolveWindow, type TimeWindow } from "./window.ts";

/** Up to so many models are asked for one by one; more are read with all others of their environment. */
const MOST_NAMED_MODELS = 200;
/** So many runs of a page have their results read for their counts. */
const MOST_READ_RUNS = 25;
/** Executions of a model among which the jobs and runs that contain it are looked for. */
const MOST_LOOKED_BACK = 100;

/**
 * Thrown by a question that now knows which further facts it needs, for whoever can make them fresh and ask it
 * again. Never leaves the core.
 */
export class MoreNeeded {
  constructor(readonly need: Partial<Need>) {}
}

export class Inquiry<Q extends AnyQuestion> {
  readonly question: Q;
  readonly facts: Facts;
  readonly scope: Scope;
  /**
   * When the question was put, in epoch milliseconds: what its window is reckoned from, however often it is asked
   * again for what it turned out to need. Ages are of `facts.now`, after all has been fetched.
   */
  readonly askedAt: number;
  /** What was needed so far, as JSON; null where sources bring everything unasked. */
  readonly #needed: Set<string> | null;
  readonly #everywhere: () => Promise<Scope>;

  constructor(
    question: Q,
    facts: Facts,
    scope: Scope,
    context: { askedAt: number; needed: Set<string> | null; everywhere: () => Promise<Scope> },
  ) {
    this.question = question;
    this.facts = facts;
    this.scope = scope;
    this.askedAt = context.askedAt;
    this.#needed = context.needed;
    this.#everywhere = context.everywhere;
  }

  /** All projects that the account may speak of, whichever the question names: where a walk may lead. */
  async everywhere(): Promise<Scope> {
    const wide = await this.#everywhere();
    const ids = wide.projects.map((project) => project.project_id);
    if (ids.length > this.scope.projects.length) this.needs({ project_ids: [...new Set(ids)] });
    return wide;
  }

  /** Goes on only once these facts are there, as far as they are to be had. */
  needs(more: Partial<Need>): void {
    const name = JSON.stringify(more);
    if (this.#needed === null || this.#needed.has(name)) return;
    this.#needed.add(name);
    throw new MoreNeeded(more);
  }

  /** The executions that `selection` looks back on. */
  async needsExecutions(selection: ModelSelection): Promise<void> {
    if (this.#needed === null) return;
    const back = {
      last_n_runs: selection.lastNRuns,
      ...(selection.window.since === null ? {} : { since: Date.parse(selection.window.since) }),
    };
    if (selection.runKey !== undefined) return this.needsRuns([selection.runKey]);
    if (selection.jobKeys !== undefined) return this.needsJobs(selection.jobKeys, back);
    if (selection.lastNRuns <= 1 && selection.window.since === null) return;
    const { modelIds, tags, materialization } = selection.filter;
    const isNarrow = [modelIds, tags, materialization, selection.nodeKeys].some((part) => part !== undefined);
    const few = isNarrow ? await this.#uniqueIds(selection) : [];
    if (isNarrow && few.length === 0) return;
    this.needs({ ...back, ...(isNarrow && few.length <= MOST_NAMED_MODELS ? { unique_ids: few } : {}) });
  }

  async #uniqueIds(selection: ModelSelection): Promise<string[]> {
    const { minRuntime: _, maxRuntime: __, ...filter } = selection.filter;
    const rows = await this.facts.rows<{ unique_id: string }>(sql`
      SELECT DISTINCT n.unique_id FROM nodes n
      WHERE n.node_key IN (SELECT node_key FROM (${selectedModels({ ...selection, filter })})) ORDER BY 1`);
    return rows.map((row) => row.unique_id);
  }

  /** The last runs of these jobs with their results, as far back as `back` says. */
  async needsJobs(
    jobKeys: readonly number[],
    back: Pick<Need, "last_n_runs" | "since">,
    facts: readonly FactKind[] = ["models", "runs", "executions"],
  ): Promise<void> {
    if (this.#needed === null) return;
    const jobs = await this.facts.rows<{ job_id: string }>(
      sql`SELECT DISTINCT job_id FROM jobs WHERE ${amongKeys("job_key", jobKeys)} ORDER BY 1`,
    );
    this.needs({ ...back, facts, job_ids: jobs.map((job) => job.job_id) });
  }

  /** All about a run: its results, those of the runs that it is compared with, and what its nodes are. */
  async needsRuns(runKeys: readonly number[]): Promise<void> {
    if (this.#needed === null) return;
    const runs = await this.facts.rows<{ run_id: string }>(
      sql`SELECT DISTINCT run_id FROM runs WHERE ${amongKeys("run_key", runKeys)} ORDER BY 1`,
    );
    const facts: FactKind[] = ["models", "lineage", "runs", "executions", "freshness"];
    this.needs({ facts, run_ids: runs.map((run) => run.run_id) });
  }

  /** The results of these runs, where they have ended and have not been read yet. */
  async needsResults(runKeys: readonly number[]): Promise<void> {
    if (this.#needed === null) return;
    const unread = await this.facts.rows<{ run_id: string }>(sql`
      SELECT DISTINCT run_id FROM runs
      WHERE ${amongKeys("run_key", runKeys)} AND NOT results_read AND status NOT IN ('running', 'queued')
      ORDER BY 1`);
    if (unread.length > 0) this.needs({ run_ids: unread.map((run) => run.run_id) });
  }

  /** The results of the runs of a page, for their counts; a long page goes without. */
  async needsCounts(runKeys: readonly number[]): Promise<void> {
    if (this.#needed === null || runKeys.length > MOST_READ_RUNS) return;
    await this.needsResults(runKeys);
  }

  /** The executions by which jobs or runs are known to contain the selected models. */
  async needsContained(models: ModelSelection | null): Promise<void> {
    if (models === null || this.#needed === null) return;
    const few = await this.#uniqueIds(models);
    if (few.length > 0 && few.length <= MOST_NAMED_MODELS) {
      this.needs({ unique_ids: few, last_n_runs: MOST_LOOKED_BACK });
      return;
    }
    const jobs = await this.facts.rows<{ job_key: number }>(
      sql`SELECT job_key FROM jobs WHERE ${amongKeys("project_key", this.scope.projectKeys)} AND NOT removed`,
    );
    await this.needsJobs(
      jobs.map((job) => job.job_key),
      { last_n_runs: 1 },
    );
  }

  /** The page asked for, of the list that `name` and `more` tell from others. */
  page(name: string, limit: number, more: object = {}): Paging {
    const asked: PageOptions & { refresh?: boolean } = this.question;
    const { cursor: _, limit: __, refresh: ___, ...fingerprint } = { ...asked, ...more };
    const sorted = Object.fromEntries(
      Object.entries(fingerprint).sort(([left], [right]) => left.localeCompare(right)),
    );
    const page = paging({ name, ...sorted }, asked, limit, this.facts.snapshot.generation);
    this.facts.note(page.note);
    return page;
  }

  /** A page as the answer: `total` items in all, these here. */
  list<T extends Item>(page: Paging, total: number, items: readonly T[]): List<T> {
    const end = page.offset + items.length;
    const hasMore = end < total;
    const nextCursor = hasMore ? page.cursorAt(end) : null;
    return new List(items, { total, hasMore, nextCursor, source: this.facts.source });
  }

  /** Models by the plain filters; `runs` is how many are averaged unless the question says. */
  selection(runs: number): ModelSelection {
    return {
      environmentKeys: this.scope.environmentKeys,
      filter: modelFilterOf(this.question),
      lastNRuns: this.question.lastNRuns ?? runs,
      window: this.window(),
    };
  }

  /** The stretch of time that the question names. */
  window(): TimeWindow {
    return resolveWindow(this.question, this.askedAt);
  }

  /** Models by the plain filters, of the job or run that the question names. */
  async models(runs: number, include: ModelsQuestion["include"] = []): Promise<ModelSelection> {
    const selection = this.selection(runs);
    const job = await this.job();
    const run = this.question.runId === undefined ? null : await this.run(this.question.runId);
    return {
      ...selection,
      ...(job === null ? {} : jobOnly(job)),
      ...(run === null ? {} : { runKey: run.run_key }),
      ...(run === null || run.environment_key === null ? {} : { environmentKeys: [run.environment_key] }),
      // A run's models are those that ran then, also where they have been removed since.
      includeRemoved: run !== null || include.includes("removed"),
    };
  }

  /** Models that jobs or runs must contain; null where any will do. */
  async containedModels(): Promise<ModelSelection | null> {
    // Jobs and runs contain a model whenever they executed it; a window is about the runs themselves.
    const selection = { ...this.selection(1), window: { since: null, until: null } };
    const meant =
      this.question.modelId === undefined
        ? meantModels(selection)
        : {
            ...selection,
            nodeKeys: [(await findModel(this.facts, this.scope, this.question.modelId)).node_key],
            includeRemoved: true,
          };
    await this.needsContained(meant);
    return meant;
  }

  /** Jobs that build the models asked for. */
  async jobs(): Promise<JobSelection> {
    const job = await this.job();
    return {
      scope: this.scope,
      models: await this.containedModels(),
      window: this.window(),
      lastNRuns: this.question.lastNRuns ?? 1,
      ...(job === null ? {} : { jobKeys: [job.job_key] }),
    };
  }

  /** The job that the question names, if it does. */
  async job(): Promise<FoundJob | null> {
    const { jobId } = this.question;
    return jobId === undefined ? null : findJob(this.facts, this.scope, jobId);
  }

  async run(runId: string): Promise<FoundRun> {
    const job = await this.job();
    return findRun(this.facts, this.scope, runId, job?.job_key ?? null);
  }
}

/** Only the executions of this job, in the environment in which it runs. */
export function jobOnly(job: FoundJob): Pick<ModelSelection, "jobKeys"> & { environmentKeys?: number[] } {
  return {
    jobKeys: [job.job_key],
    ...(job.environment_key === null ? {} : { environmentKeys: [job.environment_key] }),
  };
}

/** What a question needs to have in the store before it can say what it needs beside. */
export function needOf(
  facts: readonly FactKind[],
  question: AnyQuestion,
  projectIds: readonly string[] | undefined,
  now: number,
): Need {
  const { environment, jobId, runId, modelId } = question;
  const { since } = facts.includes("runs") ? resolveWindow(question, now) : { since: null };
  return {
    facts,
    ...(projectIds === undefined || question.includeOrExclude === "exclude"
      ? {}
      : { project_ids: projectIds }),
    ...(environment === undefined ? {} : { environment }),
    ...(jobId === undefined ? {} : { job_id: jobId }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(modelId === undefined ? {} : { model_id: modelId }),
    ...(since === null ? {} : { since: Date.parse(since) }),
  };
}

/** Facts for a question about models; of a run or job, those that tell which one is meant. */
export function modelFacts({ runId, jobId }: AnyQuestion): FactKind[] {
  if (runId !== undefined || jobId !== undefined) return ["jobs", "runs"];
  return ["models", "executions"];
}

/** Facts for a question about jobs or runs, with models where it is limited to those that contain some. */
export function runFacts(question: AnyQuestion): FactKind[] {
  const { modelId, tags, materialization, minRuntime, maxRuntime, modelIds } = question;
  const names = [modelId, tags, materialization, minRuntime, maxRuntime, modelIds];
  return names.every((part) => part === undefined) ? ["jobs", "runs"] : ["jobs", "runs", "models"];
}

/** Statuses as asked; the list is closed, so that commas separate too. `INVALID_INPUT` for an unknown one. */
export function parseStatuses<Status extends string>(
  words: readonly string[],
  statuses: readonly Status[],
): Status[] {
  return words
    .flatMap((word) => word.split(","))
    .map((word) => {
      const status = statuses.find((known) => known === word.trim().toLowerCase());
      if (status !== undefined) return status;
      throw new RunlensError(
        "INVALID_INPUT",
        `Unknown status "${word}".`,
        `Statuses: ${statuses.join(", ")}.`,
      );
    });
}
