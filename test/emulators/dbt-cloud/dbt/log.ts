/** What dbt prints while it works, made from the results: the short form, and that of its debug log. */
import { parseTime } from "../times.ts";
import type { ResultRow, Results } from "./results.ts";

export interface LogInput {
  command: string;
  results: Results;
  /** The materialization of a node where it is known, for words such as `sql table model`. */
  materialized(uniqueId: string): string | undefined;
}

interface Line {
  /** Epoch milliseconds. */
  at: number;
  level: "info " | "debug" | "error" | "warn ";
  thread: string;
  text: string;
}

/** As `dbt build` prints: `02:03:19  1 of 25 START sql table model analytics.fct_trips ... [RUN]`. */
export function dbtLog(input: LogInput): string {
  const lines = eventLines(input).filter(({ level }) => level !== "debug");
  return lines.map(({ at, text }) => `${clock(at).slice(0, 8)}  ${text}`.trimEnd()).join("\n");
}

/** As dbt's debug log: `02:03:19.470 [debug] [Thread-2 (worker)]: Began running node model...`. */
export function dbtDebugLog(input: LogInput): string {
  return eventLines(input)
    .map(({ at, level, thread, text }) => `${clock(at)} [${level}] [${thread}]: ${text}`)
    .join("\n");
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}

function eventLines(input: LogInput): Line[] {
  const { results } = input;
  const end = parseTime(results.metadata.generated_at) ?? 0;
  const start = end - results.elapsed_time * 1000;
  const main = (at: number, text: string, level: Line["level"] = "info "): Line => {
    return { at, level, thread: "MainThread", text };
  };
  const target = results.args?.target ?? "prod";
  let last = start;
  const nodes = results.results.flatMap((row, index) => {
    // dbt lists results as they come: what did not run was passed over when the one before it ended.
    const lines = nodeLines(row, index + 1, input, last);
    last = Math.max(last, ...lines.map(({ at }) => at));
    return lines;
  });
  return [
    main(start, `Running with dbt=${results.metadata.dbt_version}`),
    main(start, `running dbt with arguments {'command': '${input.command}'}`, "debug"),
    main(start, `Found ${results.results.length} nodes to run`),
    main(start, ""),
    main(start, `Concurrency: ${threadCount(results)} threads (target='${target}')`),
    main(start, ""),
    ...nodes.sort((one, other) => one.at - other.at),
    main(end, ""),
    ...closing(results).map((text) => main(end, text)),
    main(end, "Flushing usage events", "debug"),
  ];
}

function threadCount({ results }: Results): number {
  return new Set(results.map((row) => row.thread_id)).size || 1;
}

const LEVELS: Readonly<Record<string, Line["level"]>> = {
  error: "error",
  "runtime error": "error",
  fail: "error",
  warn: "warn ",
};

function nodeLines(row: ResultRow, number: number, input: LogInput, before: number): Line[] {
  const thread = row.thread_id ?? "MainThread";
  const timing = row.timing ?? [];
  const started = parseTime(timing[0]?.started_at ?? "") ?? before;
  const completed = parseTime(timing.at(-1)?.completed_at ?? "") ?? before;
  const total = input.results.results.length;
  const words = wordsFor(row, input);
  const line = (at: number, level: Line["level"], text: string): Line => ({ at, level, thread, text });
  const told = (at: number, level: Line["level"], text: string, ending: string) =>
    line(at, level, `${`${number} of ${total} ${text} `.padEnd(70, ".")} [${ending}]`);
  const passedOver = { skipped: "SKIP", "no-op": "NO-OP" }[row.status];
  if (passedOver !== undefined) return [told(started, "info ", `${passedOver} ${words.skipped}`, passedOver)];
  const seconds = `in ${(row.execution_time ?? 0).toFixed(2)}s`;
  return [
    line(started, "debug", `Began running node ${row.unique_id}`),
    told(started, "info ", `START ${words.subject}`, "RUN"),
    line(started, "debug", `Began compiling node ${row.unique_id}`),
    line(started, "debug", `Began executing node ${row.unique_id}`),
    ...(row.compiled_code
      ? [line(started, "debug", `On ${row.unique_id}: ${row.compiled_code.trim()}`)]
      : []),
    line(completed, "debug", `SQL status: ${row.message ?? "OK"} ${seconds}`),
    told(completed, LEVELS[row.status] ?? "info ", words.done, `${words.ending} ${seconds}`),
    line(completed, "debug", `Finished running node ${row.unique_id}`),
  ];
}

interface Words {
  subject: string;
  skipped: string;
  done: string;
  ending: string;
}

function wordsFor(row: ResultRow, { materialized, results }: LogInput): Words {
  const [type = "", , ...rest] = row.unique_id.split(".");
  const name = type.endsWith("test") ? (rest[0] ?? "") : relation(row, rest.join("."));
  const failed = row.status === "error" || row.status === "runtime error";
  if (type === "test" || type === "unit_test") {
    const verdict = row.status.toUpperCase();
    const counted = ["FAIL", "WARN"].includes(verdict) ? `${verdict} ${row.failures ?? 0}` : verdict;
    return {
      subject: `${type} ${name}`,
      skipped: `test ${name}`,
      done: `${counted} ${name}`,
      ending: counted,
    };
  }
  if (type === "source") {
    const verdict = row.status === "error" ? "ERROR STALE" : row.status.toUpperCase();
    const subject = `freshness of ${rest.join(".")}`;
    return { subject, skipped: subject, done: `${verdict} ${subject}`, ending: verdict };
  }
  const [kind, doing, done] = VERBS[type] ?? [
    `sql ${materialized(row.unique_id) ?? "table"} ${type}`,
    "creating",
    "created",
  ];
  const ending = failed ? "ERROR" : (row.message ?? "OK");
  const isDocs = results.args?.which === "generate";
  const verb = isDocs ? "compiled" : done;
  return {
    subject: `${kind} ${name}`,
    skipped: `${type === "exposure" ? type : "relation"} ${name}`,
    done: failed ? `ERROR ${doing} ${kind} ${name}` : `OK ${verb} ${kind} ${name}`,
    ending,
  };
}

const VERBS: Readonly<Record<string, readonly [string, string, string]>> = {
  seed: ["seed file", "loading", "loaded"],
  snapshot: ["snapshot", "snapshotting", "snapshotted"],
};

/** `schema.name` of a quoted relation. */
function relation(row: ResultRow, name: string): string {
  const parts = row.relation_name?.split(".").map((part) => part.replaceAll('"', ""));
  return parts === undefined ? name : parts.slice(-2).join(".");
}

function closing({ results, elapsed_time: elapsed, args }: Results): string[] {
  const count = (...statuses: string[]) => results.filter((row) => statuses.includes(row.status)).length;
  const errors = count("error", "fail", "runtime error", "partial success");
  const warnings = count("warn");
  const minutes = Math.floor(elapsed / 60);
  const spent = `0 hours ${minutes} minutes and ${(elapsed - minutes * 60).toFixed(2)} seconds (${elapsed.toFixed(2)}s)`;
  if (args?.which === "generate") return ["Building catalog", "Catalog written to target/catalog.json"];
  const troubles = results
    .filter((row) => ["error", "fail", "warn", "runtime error"].includes(row.status) && row.message)
    .flatMap((row) => {
      const head = ["fail", "warn"].includes(row.status)
        ? [`${FAILURE[row.status]} in test ${short(row)}`]
        : [];
      return ["", ...[...head, ...(row.message ?? "").split("\n")].map((line) => `  ${line}`)];
    });
  const summary =
    errors === 0 && warnings === 0
      ? "Completed successfully"
      : `Completed with ${errors} error${errors === 1 ? "" : "s"} and ${warnings} warning${warnings === 1 ? "" : "s"}:`;
  const done = [
    `PASS=${count("success", "pass")}`,
    `WARN=${warnings}`,
    `ERROR=${errors}`,
    `SKIP=${count("skipped")}`,
    `NO-OP=${count("no-op")}`,
    `TOTAL=${results.length}`,
  ];
  return [`Finished running in ${spent}.`, "", summary, ...troubles, "", `Done. ${done.join(" ")}`];
}

const FAILURE: Readonly<Record<string, string>> = { fail: "Failure", warn: "Warning" };

function short(row: ResultRow): string {
  return row.unique_id.split(".")[2] ?? row.unique_id;
}
