/** The roots of the schema, for one request. */
import { EnvironmentState } from "./environment.ts";
import { refusal } from "./errors.ts";
import type { Filter } from "./filters.ts";
import { type HistoryRequest, historicalRuns } from "./historical-runs.ts";
import { JobRun } from "./job.ts";
import type { AccountRecord, EnvironmentRecord, RunRecord } from "./records.ts";
import { RunScope } from "./rows/row.ts";

interface OfRun {
  jobId: number;
  runId?: number | null;
}

type One = OfRun & { uniqueId: string };
type Relations = OfRun & Pick<Filter, "database" | "schema" | "identifier">;

/** How long a run is remembered. */
const MONTHS = 2;

/** `Query`. All but `environment` and `job` are the older ways to ask the same. */
export class Query {
  readonly #account: AccountRecord;
  readonly #projectIds: readonly number[] | null;
  readonly #since: number;

  /** `projectIds` are those that the token may see, null for all; `now` in epoch milliseconds. */
  constructor(account: AccountRecord, projectIds: readonly number[] | null, now: number) {
    this.#account = account;
    this.#projectIds = projectIds;
    const since = new Date(now);
    since.setUTCMonth(since.getUTCMonth() - MONTHS);
    this.#since = since.getTime();
  }

  environment({ id }: { id: number }): EnvironmentState {
    return new EnvironmentState(this.#environment(id), this.#since);
  }

  /** The latest run of the job with results, or the one asked for; null where there is none, or none any more. */
  job({ id, runId }: { id: number; runId?: number | null }): JobRun | null {
    const record = this.#account
      .runsOfJob(id)
      .find((candidate) => this.#isRemembered(candidate, runId ?? null));
    return record === undefined ? null : new JobRun(new RunScope(record, id));
  }

  modelByEnvironment({ environmentId, ...request }: HistoryRequest & { environmentId: number }): object[] {
    return historicalRuns(this.#environment(environmentId), request, this.#since);
  }

  models(args: Relations): object[] {
    return this.#run(args)?.models(args) ?? [];
  }

  model(args: One): object | null {
    return this.#run(args)?.model(args) ?? null;
  }

  seeds(args: OfRun): object[] {
    return this.#run(args)?.seeds({}) ?? [];
  }

  seed(args: One): object | null {
    return this.#run(args)?.seed(args) ?? null;
  }

  snapshots(args: OfRun): object[] {
    return this.#run(args)?.snapshots({}) ?? [];
  }

  snapshot(args: One): object | null {
    return this.#run(args)?.snapshot(args) ?? null;
  }

  sources(args: Relations): object[] {
    return this.#run(args)?.sources(args) ?? [];
  }

  source(args: One): object | null {
    return this.#run(args)?.source(args) ?? null;
  }

  tests(args: OfRun): object[] {
    return this.#run(args)?.tests({}) ?? [];
  }

  test(args: One): object | null {
    return this.#run(args)?.test(args) ?? null;
  }

  exposures(args: OfRun): object[] {
    return this.#run(args)?.exposures({}) ?? [];
  }

  exposure(args: OfRun & { name: string }): object | null {
    return this.#run(args)?.exposure(args) ?? null;
  }

  macros(args: OfRun): object[] {
    return this.#run(args)?.macros({}) ?? [];
  }

  macro(args: One): object | null {
    return this.#run(args)?.macro(args) ?? null;
  }

  metrics(args: OfRun): object[] {
    return this.#run(args)?.metrics({}) ?? [];
  }

  metric(args: One): object | null {
    return this.#run(args)?.metric(args) ?? null;
  }

  #run({ jobId, runId }: OfRun): JobRun | null {
    return this.job({ id: jobId, runId: runId ?? null });
  }

  #isRemembered(record: RunRecord, runId: number | null): boolean {
    const { id, projectId, finishedAt } = record.run;
    if (!this.#isAllowed(projectId) || (finishedAt ?? 0) < this.#since) return false;
    return (runId === null || runId === id) && record.wrote("run_results.json", "sources.json");
  }

  /** Neither text is known from the service: both are assumed. */
  #environment(id: number): EnvironmentRecord {
    const record = this.#account.environment(id);
    if (record === null) throw refusal(`Environment ${id} not found`, "NOT_FOUND");
    if (!this.#isAllowed(record.environment.projectId)) {
      throw refusal("You do not have permission to perform this action", "FORBIDDEN");
    }
    return record;
  }

  #isAllowed(projectId: number): boolean {
    return this.#projectIds === null || this.#projectIds.includes(projectId);
  }
}
