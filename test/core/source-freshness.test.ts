/** Freshness of sources: the verdict of dbt, and what it comes to now. */
import { describe, expect, it } from "vitest";
import { statusNow } from "../../src/core/source-freshness.ts";
import type { FreshnessStatus } from "../../src/core/vocabulary.ts";
import { type FreshnessInput, LoadRows, type NodeInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const HOUR = 3600;
const at = (hour: number): string => `2024-05-01T${String(hour).padStart(2, "0")}:00:00.000Z`;
const source = (table: string) => `source.shop.app.${table}`;

describe("what a verdict comes to", () => {
  const state = {
    status: "pass" as FreshnessStatus,
    criterion: null,
    max_loaded_at: at(0),
    warn_after_s: 6 * HOUR,
    error_after_s: 24 * HOUR,
  };
  const hours = (count: number) => Date.parse(at(0)) + count * HOUR * 1000;

  it("goes by the age of the newest row that was seen, held to the criteria as dbt does", () => {
    expect(statusNow(state, hours(6))).toBe("pass");
    expect(statusNow(state, hours(6.001))).toBe("warn");
    expect(statusNow(state, hours(24))).toBe("warn");
    expect(statusNow(state, hours(25))).toBe("error");
    expect(statusNow({ ...state, warn_after_s: null }, hours(20))).toBe("pass");
    expect(statusNow({ ...state, error_after_s: null }, hours(2000))).toBe("warn");
  });

  it("takes a row of the future for fresh", () => {
    expect(statusNow(state, hours(-5))).toBe("pass");
  });

  it.each([
    "unchecked",
    "runtime_error",
  ] as const)("is still %s, and not fresh, whatever was seen before", (status) => {
    expect(statusNow({ ...state, status }, hours(1))).toBe(status);
  });

  it("stands where no age is asked for, or none is known", () => {
    expect(statusNow({ ...state, status: "error", max_loaded_at: null }, hours(1))).toBe("error");
    const deadline = {
      ...state,
      criterion: "made by 0 9 * * * UTC",
      warn_after_s: null,
      error_after_s: null,
    };
    expect(statusNow(deadline, hours(500))).toBe("pass");
    expect(statusNow({ ...state, warn_after_s: null, error_after_s: null }, hours(500))).toBe("pass");
  });
});

const node = (table: string, more: Partial<NodeInput> = {}): NodeInput => ({
  unique_id: source(table),
  name: table,
  source_name: "app",
  warn_after_s: 2 * HOUR,
  error_after_s: 6 * HOUR,
  ...more,
});

/**
 * `orders` passed at six and is stale now, `fresh` passes, `lost` could not be checked, `unseen` has criteria and was
 * never checked, `free` has none. `orders` feeds two models, `fresh` one of them.
 */
function shop(more: FreshnessInput[] = []): LoadRows {
  const none = { warn_after_s: null, error_after_s: null };
  const criteria = { warn_after_s: 2 * HOUR, error_after_s: 6 * HOUR };
  return new LoadRows()
    .definitions({
      nodes: [
        node("orders"),
        node("fresh"),
        node("lost"),
        node("unseen"),
        node("free", none),
        { unique_id: "model.shop.a", tags: ["finance"] },
        { unique_id: "model.shop.b" },
      ],
      edges: [
        [source("orders"), "model.shop.a"],
        ["model.shop.a", "model.shop.b"],
        [source("fresh"), "model.shop.b"],
      ],
    })
    .invocation({
      job: { job_id: "checks" },
      invocation: { invocation_id: "f", kind: "freshness", builds: false, tests: false, ended_at: at(6) },
      freshness: [
        { node: source("orders"), max_loaded_at: at(5), snapshotted_at: at(6), ...criteria },
        { node: source("fresh"), max_loaded_at: at(11), snapshotted_at: at(6), ...criteria },
        { node: source("lost"), status: "runtime_error", message: "no such table" },
        ...more,
      ],
    });
}

const account = (rows = shop()) => accountOver(rows, at(12));

describe("the list", () => {
  it("has both verdicts, the worst by now first", async () => {
    const states = await (await account()).getSourceFreshness();
    expect(states.map(({ name, status, statusNow, isFresh }) => [name, status, statusNow, isFresh])).toEqual([
      ["app.orders", "pass", "error", false],
      ["app.lost", "runtime_error", "runtime_error", false],
      ["app.unseen", "unchecked", "unchecked", false],
      ["app.fresh", "pass", "pass", true],
    ]);
    expect(states.counts).toEqual({ total: 4, pass: 1, warn: 0, error: 1, runtime_error: 1, unchecked: 1 });
    expect(states.source.notes).toEqual(["1 source table has no freshness criteria and is left out."]);
  });

  it("tells ages, criteria in seconds, since when it is stale, and how many models depend on it", async () => {
    const [orders, lost] = await (await account()).getSourceFreshness();
    expect(orders?.toJSON()).toEqual({
      unique_id: source("orders"),
      status: "pass",
      max_loaded_at: at(5),
      checked_at: at(6),
      age_s: 7 * HOUR,
      name: "app.orders",
      resource_type: "source",
      project_id: "shop",
      environment: "prod",
      status_now: "error",
      warn_after_s: 2 * HOUR,
      error_after_s: 6 * HOUR,
      check_age_s: 6 * HOUR,
      stale_since: at(7),
      dependent_models: 2,
    });
    expect(lost?.toJSON()).toMatchObject({ message: "no such table", max_loaded_at: null, age_s: null });
  });

  it("takes only some words of what it comes to now, and counts the others", async () => {
    const states = await (await account()).getSourceFreshness({ status: ["error,unchecked"] });
    expect(states.map((state) => state.name)).toEqual(["app.orders", "app.unseen"]);
    expect(states.total).toBe(2);
    expect(states.counts.total).toBe(4);
  });

  it("keeps to the sources that feed what the filters choose", async () => {
    const of = async (question: object) =>
      (await (await account()).getSourceFreshness(question)).map((state) => state.name);
    expect(await of({ tags: ["finance"] })).toEqual(["app.orders"]);
    expect(await of({ modelIds: ["shop.b"] })).toEqual(["app.orders", "app.fresh"]);
    expect(await of({ tags: ["nobody"] })).toEqual([]);
  });

  it("has models that are held to a freshness of their own, and none that are not", async () => {
    const rows = shop().state({
      freshness: [
        {
          unique_id: "model.shop.a",
          max_loaded_at: at(3),
          checked_at: at(4),
          warn_after_s: 4 * HOUR,
          error_after_s: 24 * HOUR,
        },
        { unique_id: "model.shop.b", status: "warn", max_loaded_at: at(3), checked_at: at(4) },
      ],
    });
    const states = await (await account(rows)).getSourceFreshness({ status: ["warn"] });
    expect(states.map((state) => state.toJSON())).toMatchObject([
      {
        name: "shop.a",
        resource_type: "model",
        status: "pass",
        status_now: "warn",
        stale_since: at(7),
        dependent_models: 1,
      },
    ]);
  });

  it("goes on where a page ends", async () => {
    const all = await account();
    const first = await all.getSourceFreshness({ limit: 3 });
    const second = await all.getSourceFreshness({ limit: 3, cursor: first.nextCursor ?? "" });
    expect([...first, ...second].map((state) => state.name)).toEqual([
      "app.orders",
      "app.lost",
      "app.unseen",
      "app.fresh",
    ]);
    expect(second.hasMore).toBe(false);
  });
});
