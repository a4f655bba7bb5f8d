/** One question on its way to an answer: what it names has been found, and its facts are pinned. */
import { RunlensError } from "../errors.ts";
import type { FactKind, Need } from "../sources/source.ts";
import type { Facts } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { type FoundJob, type FoundRun, findJob, findModel, findRun } from "./find.ts";
import { type JobSelection, meantModels } from "./job-facts.ts";
import { type Item, List, type PageOptions, type Paging, paging } from "./page.ts";
import { type AnyQuestion, type ModelsQuestion, modelFilterOf } from "./questions.ts";
import type { Scope } from "./scope.ts";
import { RUN_STATUSES, type RunStatus } from "./vocabulary.ts";
import { resolveWindow } from "./window.ts";

export class Inquiry<Q extends AnyQuestion> {
  readonly question: Q;
  readonly facts: Facts;
  readonly scope: Scope;

  constructor(question: Q, facts: Facts, scope: Scope) {
    this.question = question;
    this.facts = facts;
    this.scope = scope;
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
      window: resolveWindow(this.question, this.facts.now),
    };
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
    if (this.question.modelId === undefined) return meantModels(selection);
    const found = await findModel(this.facts, this.scope, this.question.modelId);
    return { ...selection, nodeKeys: [found.node_key], includeRemoved: true };
  }

  /** Jobs that build the models asked for. */
  async jobs(): Promise<JobSelection> {
    const job = await this.job();
    return {
      scope: this.scope,
      models: await this.containedModels(),
      window: resolveWindow(this.question, this.facts.now),
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

/** What a question needs to have in the store. */
export function needOf(
  facts: readonly FactKind[],
  question: AnyQuestion,
  projectIds: readonly string[] | undefined,
): Need {
  const { environment, jobId, runId, modelId, lastNRuns } = question;
  return {
    facts,
    ...(projectIds === undefined || question.includeOrExclude === "exclude"
      ? {}
      : { project_ids: projectIds }),
    ...(environment === undefined ? {} : { environment }),
    ...(jobId === undefined ? {} : { job_id: jobId }),
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(modelId === undefined ? {} : { model_id: modelId }),
    ...(lastNRuns === undefined ? {} : { last_n_runs: lastNRuns }),
  };
}

/** Statuses as asked; the list is closed, so that commas separate too. `INVALID_INPUT` for an unknown one. */
export function parseStatuses(words: readonly string[]): RunStatus[] {
  return words
    .flatMap((word) => word.split(","))
    .map((word) => {
      const status = RUN_STATUSES.find((known) => known === word.trim().toLowerCase());
      if (status !== undefined) return status;
      throw new RunlensError(
        "INVALID_INPUT",
        `Unknown status "${word}".`,
        `Statuses: ${RUN_STATUSES.join(", ")}.`,
      );
    });
}
