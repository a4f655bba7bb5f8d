/** Paradime's three words beside ours: its rule as it stands, and not where its code goes wrong. */
import { describe, expect, it } from "vitest";
import { compatStatus } from "../../src/core/compat-status.ts";
import type { ExecutionStatus } from "../../src/core/vocabulary.ts";
import { type ExecutionInput, LoadRows, type NodeInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const [A, B, C] = ["model.shop.a", "model.shop.b", "model.shop.c"];
const UNIQUE = "test.shop.unique_a_id.0123456789";
const RELATIONSHIP = "test.shop.relationships_a_b.0123456789";
const UNIT = "unit_test.shop.a.adds_up";
const at = (hour: number, minute = 0): string =>
  `2024-05-01T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00.000Z`;

const NODES: NodeInput[] = [
  { unique_id: A },
  { unique_id: B },
  { unique_id: C },
  { unique_id: UNIQUE, attached: A, severity: "error" },
  { unique_id: RELATIONSHIP, attached: A, severity: "error" },
  { unique_id: UNIT, attached: A, resource_type: "unit_test" },
];

interface Command {
  hour: number;
  job?: string;
  /** The run that it is part of, where it is not one of its own. */
  run?: string;
  executions: ExecutionInput[];
}

/** Commands one after the other; `relationships_a_b` depends on both of its models. */
async function words(commands: Command[], question: { jobId?: string } = {}) {
  const rows = new LoadRows().definitions({
    nodes: NODES,
    edges: [
      [A, UNIQUE],
      [A, RELATIONSHIP],
      [B, RELATIONSHIP],
      [A, UNIT],
    ],
  });
  for (const { hour, job = "nightly", run = `r${hour}`, executions } of commands) {
    rows.invocation({
      job: { job_id: job, name: job },
      run: { run_id: run },
      invocation: { invocation_id: `i${hour}`, started_at: at(hour), ended_at: at(hour, 50) },
      executions: executions.map((row, index) => ({
        recorded_at: at(hour, 10 + index),
        runtime_s: 1,
        ...row,
      })),
    });
  }
  const models = await (await accountOver(rows, at(20))).getModelHealth(question);
  return Object.fromEntries(
    [...models]
      .map((model) => [model.uniqueId, model.compatStatus] as const)
      .sort(([left], [right]) => left.localeCompare(right)),
  );
}

describe("the rule", () => {
  it.each<[ExecutionStatus, number, string]>([
    ["success", 0, "Healthy"],
    ["success", 1, "Warning"],
    ["error", 0, "Critical"],
    ["error", 3, "Critical"],
    ["skipped", 0, "Healthy"],
    ["skipped", 1, "Warning"],
    ["partial_success", 0, "Healthy"],
    ["no_op", 0, "Healthy"],
  ])("takes %s with %i failed tests for what Paradime does", (status, failed, word) => {
    expect(compatStatus(status, failed)).toBe(word);
  });
});

describe("compat_status", () => {
  it("has no word for a model without a result", async () => {
    expect(await words([{ hour: 3, executions: [{ node: A }, { node: B, status: "error" }] }])).toEqual({
      [A]: "Healthy",
      [B]: "Critical",
      [C]: null,
    });
  });

  it("warns of every model that a failed test depends on", async () => {
    const executions = [{ node: A }, { node: B }, { node: C }, { node: RELATIONSHIP, status: "fail" }];
    expect(await words([{ hour: 3, executions }])).toEqual({
      [A]: "Warning",
      [B]: "Warning",
      [C]: "Healthy",
    });
  });

  it("warns of a test that could not run, and not of one that warns or of a unit test", async () => {
    const results = (node: string, status: string) => [
      { hour: 3, executions: [{ node: A }, { node, status }] },
    ];
    expect(await words(results(UNIQUE, "error"))).toMatchObject({ [A]: "Warning" });
    expect(await words(results(UNIQUE, "warn"))).toMatchObject({ [A]: "Healthy" });
    expect(await words(results(UNIT, "fail"))).toMatchObject({ [A]: "Healthy" });
  });

  it("takes what failed before the model ran anew for done with", async () => {
    const failed = { hour: 3, executions: [{ node: A }, { node: UNIQUE, status: "fail" }] };
    expect(await words([failed])).toMatchObject({ [A]: "Warning" });
    expect(await words([failed, { hour: 4, executions: [{ node: A }] }])).toMatchObject({ [A]: "Healthy" });
    const tested = { hour: 5, executions: [{ node: UNIQUE, status: "fail" }] };
    expect(await words([{ hour: 4, executions: [{ node: A }] }, tested])).toMatchObject({ [A]: "Warning" });
  });

  it("looks at all commands of a run together", async () => {
    const test = { hour: 3, run: "r", executions: [{ node: UNIQUE, status: "fail" }] };
    const run = { hour: 4, run: "r", executions: [{ node: A }] };
    expect(await words([test, run])).toMatchObject({ [A]: "Warning" });
  });

  it("keeps jobs apart where one is asked about", async () => {
    const commands: Command[] = [
      { hour: 3, job: "nightly", executions: [{ node: A, status: "error" }, { node: B }] },
      { hour: 4, job: "hourly", executions: [{ node: A }, { node: UNIQUE, status: "fail" }] },
    ];
    expect(await words(commands)).toEqual({ [A]: "Warning", [B]: "Healthy", [C]: null });
    expect(await words(commands, { jobId: "nightly" })).toEqual({ [A]: "Critical", [B]: "Healthy" });
    expect(await words(commands, { jobId: "hourly" })).toEqual({ [A]: "Warning" });
  });
});
