/** The steps of one dbt invocation, in either form in which Dagster tells it. */
import { readFileSync } from "node:fs";
import type { InvocationFolder } from "../dbt-cloud/artifact-folders.ts";
import { parseResults, type ResultRow } from "../dbt-cloud/dbt/results.ts";
import { parseTime } from "../dbt-cloud/times.ts";
import type { DbtAssets } from "./artifact-assets.ts";
import type { Attempt, CheckResult, Failure, Line, Materialization, Step } from "./world.ts";

interface Telling {
  form: "one step" | "step per model";
  skipped: "steps" | "unsaid";
  assets: DbtAssets;
  /** The only step of a job that is no asset job. */
  op: string | null;
  /** Of the run, epoch seconds. */
  span: { startedAt: number; endedAt: number };
}

export function stepsOf({ files, failed }: InvocationFolder, telling: Telling): Step[] {
  const file = files.get("run_results.json") ?? files.get("sources.json");
  if (file === undefined) return [];
  const { results, metadata } = parseResults(readFileSync(file, "utf8"));
  const { op, form } = telling;
  const told = new Told(telling, invocationOf(metadata));
  if (op !== null) return [wholeStep(op, telling.span, failed ? cliFailure(results) : null)];
  if (form === "step per model") return results.flatMap((row) => told.stepOf(row));
  const step = wholeStep("pedal_harbour_dbt_assets", telling.span, failed ? cliFailure(results) : null);
  return [
    {
      ...step,
      plans: results.flatMap(({ unique_id }) => modelKeys(telling.assets, unique_id)),
      materializations: results.flatMap((row) => told.materializationOf(row)),
      checks: results.flatMap((row) => told.checkOf(row)),
      lines: results.flatMap((row) => told.linesOf(row)),
    },
  ];
}

function invocationOf(metadata: object): string {
  return "invocation_id" in metadata ? String(metadata.invocation_id) : "";
}

/** Not the keys of sources, which no step makes. */
function modelKeys(assets: DbtAssets, uniqueId: string) {
  const key = uniqueId.startsWith("model.") ? assets.assetOf(uniqueId) : null;
  return key === null ? [] : [key];
}

function wholeStep(key: string, { startedAt, endedAt }: Telling["span"], failure: Failure | null): Step {
  return {
    key,
    status: failure === null ? "SUCCESS" : "FAILURE",
    attempts: [{ startedAt, endedAt, failure }],
    plans: [],
    materializations: [],
    checks: [],
    lines: [],
  };
}

/** Results of one invocation as Dagster tells them. */
class Told {
  readonly #telling: Telling;
  readonly #invocation: string;

  constructor(telling: Telling, invocation: string) {
    this.#telling = telling;
    this.#invocation = invocation;
  }

  /** A model's step or that of a check; nothing for what Dagster does not know. */
  stepOf(row: ResultRow): Step[] {
    const { assets } = this.#telling;
    const [model] = modelKeys(assets, row.unique_id);
    const check = assets.checkOf(row.unique_id);
    if (model === undefined && check === null) return [];
    const key = model?.join("__") ?? `${check?.asset.join("__")}_${check?.name}`;
    const failure = failureOf(row, key);
    const plans = model === undefined ? [] : [model];
    if (row.status === "skipped" && this.#telling.skipped === "unsaid")
      return [this.#blocked(row, key, plans)];
    return [
      {
        key,
        status: row.status === "skipped" ? "SKIPPED" : failure === null ? "SUCCESS" : "FAILURE",
        attempts: [this.#attempt(row, failure)],
        plans,
        materializations: this.materializationOf(row),
        checks: this.checkOf(row),
        lines: this.linesOf(row),
      },
    ];
  }

  materializationOf(row: ResultRow): Materialization[] {
    const [asset] = modelKeys(this.#telling.assets, row.unique_id);
    if (asset === undefined || row.status !== "success") return [];
    const duration = row.execution_time ?? 0;
    return [
      {
        asset,
        at: this.#endOf(row),
        partition: null,
        metadata: [
          { type: "text", label: "unique_id", value: row.unique_id },
          { type: "text", label: "invocation_id", value: this.#invocation },
          { type: "float", label: "Execution Duration", value: duration },
        ],
      },
    ];
  }

  checkOf(row: ResultRow): CheckResult[] {
    const check = this.#telling.assets.checkOf(row.unique_id);
    if (check === null) return [];
    const isEvaluated = ["pass", "warn", "fail"].includes(row.status);
    return [
      {
        asset: check.asset,
        check: check.name,
        at: this.#endOf(row),
        passed: isEvaluated ? row.status === "pass" : null,
        // As dagster-dbt does: what neither warned nor passed is of severity ERROR, and so is what passed.
        severity: row.status === "warn" ? "WARN" : "ERROR",
        description: row.message ?? null,
        metadata: [
          { type: "text", label: "unique_id", value: row.unique_id },
          { type: "text", label: "status", value: row.status },
          { type: "int", label: "dagster_dbt/failed_row_count", value: row.failures ?? 0 },
        ],
      },
    ];
  }

  /** What dagster-dbt writes to the log: a line of dbt's own for each result. */
  linesOf(row: ResultRow): Line[] {
    if (row.status === "skipped") return [];
    const level = ["error", "fail"].includes(row.status)
      ? "ERROR"
      : row.status === "warn"
        ? "WARNING"
        : "INFO";
    return [{ at: this.#endOf(row), level, message: `${row.status.toUpperCase()} ${row.unique_id}` }];
  }

  /** What waits for a step that failed: nothing of it is told but that it was planned, and a line. */
  #blocked(row: ResultRow, key: string, plans: Step["plans"]): Step {
    const line: Line = {
      at: this.#telling.span.endedAt,
      level: "ERROR",
      message: `Dependencies for step ${key} failed. Not executing.`,
    };
    const checks = this.checkOf(row);
    return { key, status: null, attempts: [], plans, materializations: [], checks, lines: [line] };
  }

  #attempt(row: ResultRow, failure: Failure | null): Attempt {
    const endedAt = this.#endOf(row);
    const duration = row.status === "skipped" ? 0 : (row.execution_time ?? 0);
    return { startedAt: endedAt - duration, endedAt, failure };
  }

  /** What did not run ended when all did. */
  #endOf({ timing = [] }: ResultRow): number {
    const ends = timing.flatMap(({ completed_at }) => parseTime(completed_at) ?? []);
    return ends.length > 0 ? Math.max(...ends) / 1000 : this.#telling.span.endedAt;
  }
}

/** A model that failed, or a check that blocks what is below it; null for what ended well enough. */
function failureOf(row: ResultRow, step: string): Failure | null {
  if (row.status === "error") return executionFailure(step, row);
  if (row.status !== "fail") return null;
  return {
    module: "dagster._core.errors",
    className: "DagsterAssetCheckFailedError",
    message: `1 blocking asset check failed with ERROR severity:\n${row.unique_id}`,
    stack: [],
    cause: null,
  };
}

function executionFailure(op: string, row: ResultRow): Failure {
  return {
    module: "dagster._core.errors",
    className: "DagsterExecutionStepExecutionError",
    message: `Error occurred while executing op "${op}":`,
    stack: [
      '  File "/dagster/_core/execution/plan/utils.py", line 57, in op_execution_error_boundary\n    yield\n',
    ],
    cause: cliFailure([row]),
  };
}

/** As dagster-dbt raises it: dbt's own messages in its text. */
function cliFailure(results: readonly ResultRow[]): Failure {
  const messages = results
    .filter(({ status }) => ["error", "fail", "runtime error"].includes(status))
    .map(({ unique_id, message }) => message ?? unique_id);
  return {
    module: "dagster_dbt.errors",
    className: "DagsterDbtCliRuntimeError",
    message: `The dbt CLI process failed with exit code \`1\`.\n\nErrors parsed from dbt logs:\n\n${messages.join("\n\n")}`,
    stack: [
      '  File "/dagster_dbt/core/dbt_cli_invocation.py", line 452, in _raise_on_error\n    raise error\n',
    ],
    cause: null,
  };
}
