/** What the commands of a run printed, as lines with times, levels and nodes. */
import { expect, it } from "vitest";
import { readLog } from "../../../src/sources/paradime/log.ts";
import type { PrintedCommand } from "../../../src/sources/paradime/wire.ts";

const AT = Date.parse("2026-11-17T23:59:50Z") * 1000;
const signal = new AbortController().signal;

function command(more: Partial<PrintedCommand>): PrintedCommand {
  return {
    command_id: "1",
    command: "dbt build",
    started_at: AT,
    ended_at: AT + 60e6,
    return_code: 0,
    stdout: "",
    stderr: "",
    ...more,
  };
}

const logOf = (commands: PrintedCommand[], debug = false) =>
  readLog({ printed: () => Promise.resolve(commands) }, "7", debug, signal);

it("has the time of each line, over midnight too, its level and its node", async () => {
  const stdout = [
    "\u001b[0m23:59:51  1 of 2 START sql table model analytics.orders .... [RUN]",
    "00:00:02  2 of 2 ERROR creating sql table model analytics.orders [ERROR in 0.10s]",
    "  Database Error in model.harbour.orders (models/orders.sql)",
    "00:00:03  Warning in test not_null_orders_id",
    "00:00:04.5 [debug] [Thread-1]: On model.harbour.orders: select 1",
    "",
  ].join("\n");
  const { commands, notes } = await logOf([command({ stdout, return_code: 1 })]);
  const [first] = commands;
  expect(first).toMatchObject({
    name: "dbt build",
    status: "failure",
    started_at: "2026-11-17T23:59:50.000Z",
  });
  expect(first?.lines.map(({ timestamp, level, step_key }) => [timestamp, level, step_key])).toEqual([
    ["2026-11-17T23:59:51.000Z", "INFO", null],
    ["2026-11-18T00:00:02.000Z", "ERROR", null],
    ["2026-11-18T00:00:02.000Z", "ERROR", "model.harbour.orders"],
    ["2026-11-18T00:00:03.000Z", "WARNING", null],
  ]);
  expect(notes).toEqual([]);
});

it("has debug lines where they are asked for, and says where there are none", async () => {
  const debugged = command({ stdout: "00:00:04.5 [debug] [Thread-1]: On model.harbour.orders: select 1" });
  const found = await logOf([debugged], true);
  expect(found.commands[0]?.lines).toMatchObject([{ level: "DEBUG", timestamp: "2026-11-18T00:00:04.500Z" }]);
  expect((await logOf([command({ stdout: "00:00:04  Done." })], true)).notes.join()).toContain("--debug");
});

it("reads JSON lines", async () => {
  const line = {
    info: { level: "error", msg: "it broke", ts: "2026-11-18T00:00:05.25Z" },
    data: { node_info: { unique_id: "model.harbour.orders" } },
  };
  const { commands } = await logOf([command({ stdout: `${JSON.stringify(line)}\n{"not": "a log"}` })]);
  expect(commands[0]?.lines).toMatchObject([
    {
      level: "ERROR",
      message: "it broke",
      timestamp: "2026-11-18T00:00:05.250Z",
      step_key: "model.harbour.orders",
    },
    { message: '{"not": "a log"}' },
  ]);
});

it("takes what stands in stderr for an error only where the command failed", async () => {
  const clone = command({ command: "git clone", stderr: "Cloning into '.'..." });
  const failed = command({ command: "git clone", stderr: "fatal: not found", return_code: 128 });
  const { commands } = await logOf([clone, failed]);
  expect(commands.map(({ lines }) => lines[0]?.level)).toEqual(["INFO", "ERROR"]);
});

it("says how commands stand that go on, and where there are none", async () => {
  const running = command({ return_code: null, ended_at: null });
  const waiting = command({ return_code: null, ended_at: null, started_at: null });
  const { commands } = await logOf([running, waiting]);
  expect(commands.map(({ status }) => status)).toEqual(["running", "queued"]);
  expect((await logOf([])).notes).toEqual(["Run 7 has no commands yet."]);
});

it("keeps the last lines of a log without an end", async () => {
  const stdout = Array.from({ length: 20_010 }, (_, index) => `line ${index}`).join("\n");
  const { commands, notes } = await logOf([command({ stdout })]);
  expect(commands[0]?.lines).toHaveLength(20_000);
  expect(commands[0]?.lines.at(-1)?.message).toBe("line 20009");
  expect(notes.join()).toContain("printed 20010 lines");
});
