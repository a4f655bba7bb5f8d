/** A few operations that need no data, for tests of what the front ends do with any operation. */
import * as z from "zod";
import { listOf } from "../../src/core/answers.ts";
import { RunlensError, throwIfCancelled } from "../../src/errors.ts";
import type { Ask } from "../../src/frontends/ask.ts";
import { cleanAnswer } from "../../src/frontends/clean.ts";
import { createLog, type Log } from "../../src/log.ts";
import { defineOperation, type Operation } from "../../src/operation.ts";

const SOURCE = { systems: ["artifacts" as const], as_of: "2026-11-18T07:00:00Z", complete: true, notes: [] };

const Row = z.object({
  model_id: z.string(),
  runtime_s: z.number().nullable(),
  ended_at: z.string().nullable(),
  tags: z.array(z.string()),
  text: z.string().nullable(),
});

/** A list of 500 rows, with a page and a size of text per row. */
export const listRows = defineOperation({
  name: "list_rows",
  path: "GET /rows",
  title: "List rows",
  summary: "Rows of the fake.",
  guidance: "For one row call get_row.",
  input: z.strictObject({
    tags: z.array(z.string().min(1)).optional(),
    status: z.array(z.enum(["success", "failure"])).optional(),
    include_or_exclude: z.enum(["include", "exclude"]).default("include"),
    last_n_runs: z.int().min(1).max(1000).default(1),
    refresh: z.boolean().default(false),
    min_runtime: z.number().min(0).optional(),
    fields: z.array(z.string()).optional(),
    limit: z.int().min(1).max(1000).default(20),
    cursor: z.string().optional(),
  }),
  output: listOf(Row),
  examples: [{ ask: "Which rows are there?", input: { tags: ["owner: ops, eu"], limit: 3 } }],
  columns: ["model_id", "runtime_s", "ended_at"],
  handle: async (input) => {
    const offset = input.cursor === undefined ? 0 : Number(input.cursor);
    const rows = Array.from({ length: 500 }, (_, index) => ({
      model_id: `shop.model_${index}`,
      runtime_s: index === 1 ? null : 761.3,
      ended_at: "2026-11-18T02:11:05.250Z",
      tags: input.tags ?? [],
      text: input.lastNRuns > 1 ? "x".repeat(input.lastNRuns) : null,
    }));
    const items = rows.slice(offset, offset + input.limit);
    const end = offset + items.length;
    return answer({
      items,
      returned: items.length,
      total: rows.length,
      has_more: end < rows.length,
      next_cursor: end < rows.length ? String(end) : null,
      source: SOURCE,
    });
  },
});

/** One thing, as large as asked, with lists of different lengths in it. */
export const getRow = defineOperation({
  name: "get_row",
  path: "GET /rows/{row_id}",
  title: "Get row",
  summary: "One row of the fake.",
  guidance: "For all of them call list_rows.",
  input: z.strictObject({ row_id: z.string(), size: z.int().default(1) }),
  output: z.object({
    row_id: z.string(),
    raw_sql: z.string().nullable(),
    runs: z.array(z.object({ run_id: z.string(), runtime_s: z.number() })),
    source: z.object({
      systems: z.array(z.string()),
      as_of: z.string().nullable(),
      complete: z.boolean(),
      notes: z.array(z.string()),
    }),
  }),
  examples: [{ ask: "What is row 7?", input: { row_id: "7" } }],
  columns: ["row_id", "raw_sql", "runs"],
  handle: async ({ rowId, size }) => {
    if (rowId === "missing") throw new RunlensError("NOT_FOUND", `No row "${rowId}".`, "Call list_rows.");
    return answer({
      row_id: rowId,
      raw_sql: "select 1\nfrom t",
      runs: Array.from({ length: size }, (_, index) => ({ run_id: `r${index}`, runtime_s: index })),
      source: SOURCE,
    });
  },
});

/** Fails as nobody foresaw, with something in its message that must not get out. */
export const explode = defineOperation({
  name: "explode",
  path: "GET /explode",
  title: "Explode",
  summary: "A defect.",
  guidance: "Never call it.",
  input: z.strictObject({}),
  output: z.object({ ok: z.boolean() }),
  examples: [{ ask: "What breaks?", input: {} }],
  columns: ["ok"],
  handle: async () => {
    throw new Error("password=hunter2");
  },
});

/** Reports progress and then waits until its caller goes away. */
export const wait = defineOperation({
  name: "wait",
  path: "GET /wait",
  title: "Wait",
  summary: "Waits for ever.",
  guidance: "Cancel it.",
  input: z.strictObject({}),
  output: z.object({ ok: z.boolean() }),
  examples: [{ ask: "How long?", input: {} }],
  columns: ["ok"],
  handle: async (_, { ask }) => {
    ask.progress?.({ done: 1, total: 4, message: "reading run_results.json" });
    await new Promise<void>((resolve) =>
      ask.signal?.addEventListener("abort", () => resolve(), { once: true }),
    );
    waits.aborted += 1;
    throwIfCancelled(ask.signal);
    return answer({ ok: true });
  },
});

/** How many `wait`s have seen that their caller went away. */
export const waits = { aborted: 0 };

/** Has alerts, of a severity that is asked for. */
export const dashboard = defineOperation({
  name: "health_dashboard",
  path: "GET /health",
  title: "Health dashboard",
  summary: "Alerts of the fake.",
  guidance: "Start here.",
  input: z.strictObject({ environment: z.enum(["warning", "critical", "fine"]).default("fine") }),
  output: z.object({
    models: z.object({ healthy: z.int(), warning: z.int(), critical: z.int() }),
    alerts: z.array(z.object({ severity: z.string(), subject: z.string(), reason: z.string() })),
  }),
  examples: [{ ask: "How is it?", input: {} }],
  columns: ["models", "alerts"],
  handle: async ({ environment }) =>
    answer({
      models: { healthy: 3, warning: 1, critical: 0 },
      alerts:
        environment === "fine" ? [] : [{ severity: environment, subject: "orders", reason: "2 rows fail" }],
    }),
});

/** The events of a run, one of which came with terminal codes in it; whoever passes a cursor gets another. */
export const events = defineOperation({
  name: "get_run_events",
  path: "GET /runs/{run_id}/events",
  title: "Get run events",
  summary: "Events of the fake.",
  guidance: "Filters apply before limit.",
  input: z.strictObject({
    run_id: z.string(),
    event_type: z.array(z.string()).optional(),
    step_key: z.string().optional(),
    level: z.enum(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]).optional(),
    exact_level: z.boolean().optional(),
    include: z.array(z.enum(["stack"])).optional(),
    limit: z.int().default(100),
    cursor: z.string().optional(),
  }),
  output: listOf(
    z.object({
      run_id: z.string(),
      timestamp: z.string(),
      level: z.string(),
      event_type: z.string(),
      step_key: z.string().nullable(),
      message: z.string(),
      derived: z.boolean(),
    }),
  ),
  examples: [{ ask: "What happened?", input: { run_id: "4711" } }],
  columns: ["timestamp", "level", "event_type", "step_key", "message"],
  handle: async ({ runId, eventType, stepKey, level, limit, cursor }) => {
    const all = [
      { level: "INFO", event_type: "RUN_START", step_key: null, message: "Started\u001b[31m red\u001b[0m" },
      { level: "ERROR", event_type: "STEP_FAILURE", step_key: "model.shop.orders", message: "m".repeat(90) },
    ];
    const items = all
      .filter((event) => eventType === undefined || eventType.includes(event.event_type))
      .filter((event) => stepKey === undefined || event.step_key?.includes(stepKey) === true)
      .filter((event) => level === undefined || event.level === level)
      .slice(0, limit)
      .map((event) => ({ run_id: runId, timestamp: "2026-11-18T02:11:05.250Z", derived: true, ...event }));
    return answer({
      items,
      returned: items.length,
      total: items.length,
      has_more: cursor !== undefined,
      next_cursor: cursor === undefined ? null : "abc",
      source: SOURCE,
    });
  },
});

export const fakes: readonly Operation[] = [dashboard, listRows, getRow, events, explode, wait];

/** Runs an operation without an account: the fakes need none. */
export const askFake: Ask = async (operation, input, options) =>
  // The fakes never touch the account.
  cleanAnswer(await operation.run(input, { account: undefined as never, ...options }));

function answer(facts: object): { toJSON(): object } {
  return { toJSON: () => facts };
}

/** A log whose lines are kept. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ level: "DEBUG", write: (line) => lines.push(line) }), lines };
}
