import { expect, it } from "vitest";
import type { AdminApi } from "../../../src/sources/dbt-cloud/admin.ts";
import { readLog } from "../../../src/sources/dbt-cloud/log.ts";
import { CloudRun } from "../../../src/sources/dbt-cloud/wire.ts";

/** Reads the log of a run with these steps, which stand in no order. */
function logOf(steps: object[], debug = false) {
  const run = CloudRun.parse({ id: 1, status: 10, run_steps: steps });
  const admin: Pick<AdminApi, "run"> = { run: () => Promise.resolve(run) };
  return readLog(admin, "1", debug, new AbortController().signal);
}

const step = {
  index: 4,
  name: "Invoke dbt with `dbt build`",
  status: 20,
  started_at: "2026-11-18 23:59:50.000000+00:00",
  finished_at: "2026-11-19 00:01:00.000000+00:00",
};

it("puts the steps in order, with the platform's statuses in our words", async () => {
  const { commands } = await logOf([step, { index: 1, name: "Clone git repository", status: 10, logs: "" }]);
  expect(commands.map(({ name, status }) => [name, status])).toEqual([
    ["Clone git repository", "success"],
    ["Invoke dbt with `dbt build`", "failure"],
  ]);
});

it("dates lines by the day of the step, over midnight too, and those without a time by the line before", async () => {
  const logs = [
    "23:59:55  1 of 2 START sql table model shop.orders",
    "00:00:05  2 of 2 ERROR creating sql table model shop.items",
    "00:00:05    Database Error in model items (models/items.sql)",
    "  column x does not exist",
  ].join("\n");
  const [command] = (await logOf([{ ...step, logs }])).commands;
  expect(command?.lines.map(({ timestamp, level }) => [timestamp, level])).toEqual([
    ["2026-11-18T23:59:55.000Z", "INFO"],
    ["2026-11-19T00:00:05.000Z", "ERROR"],
    ["2026-11-19T00:00:05.000Z", "ERROR"],
    ["2026-11-19T00:00:05.000Z", "ERROR"],
  ]);
});

it("has the debug log only on request, and says where that is cut", async () => {
  const logs = "23:59:55  Running with dbt=1.12.6";
  const line = "23:59:56.123456 [debug] [Thread-1 (worker)]: Began running node model.shop.orders";
  const whole = { ...step, logs, debug_logs: line };
  expect((await logOf([whole])).commands[0]?.lines.map(({ level }) => level)).toEqual(["INFO"]);
  expect((await logOf([whole], true)).commands[0]?.lines).toEqual([
    {
      timestamp: "2026-11-18T23:59:56.123Z",
      level: "DEBUG",
      message: "Began running node model.shop.orders",
      step_key: "model.shop.orders",
    },
  ]);
  const cut = await logOf([{ ...step, logs, truncated_debug_logs: line }], true);
  expect(cut.notes).toEqual(["The debug log of step 4 has only its last lines."]);
});

it("reads lines of dbt's JSON log as they are structured", async () => {
  const logs = JSON.stringify({
    info: { ts: "2026-11-18T23:59:57.5Z", level: "error", msg: "Failure in model orders" },
    data: { node_info: { unique_id: "model.shop.orders" } },
  });
  expect((await logOf([{ ...step, logs }])).commands[0]?.lines).toEqual([
    {
      timestamp: "2026-11-18T23:59:57.500Z",
      level: "ERROR",
      message: "Failure in model orders",
      step_key: "model.shop.orders",
    },
  ]);
});

it("takes the colours out of lines", async () => {
  const logs = "23:59:55  \u001b[31mERROR\u001b[0m creating model";
  expect((await logOf([{ ...step, logs }])).commands[0]?.lines[0]?.message).toBe("ERROR creating model");
});
