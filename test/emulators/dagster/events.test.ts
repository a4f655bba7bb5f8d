import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, at, listAt } from "./client.ts";
import { EVENTS } from "./documents.ts";
import { EXTRA_RUNS } from "./extra-runs.ts";
import { addExtras } from "./extras.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "./server.ts";
import { syntheticWorld } from "./synthetic.ts";
import type { World } from "./world.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const SIZE = 100_000;
const FAILURES = [40_007, SIZE - 2];

let world: World;
let emulator: Emulator;
let large: string;

beforeAll(async () => {
  world = syntheticWorld({ now: NOW, runs: 2, jobs: 1, assets: 2, events: SIZE, failuresAt: FAILURES });
  large = world.runs.at(-1)?.id ?? "";
  addExtras(world, NOW);
  emulator = await startEmulator({ world, now: () => NOW });
});
afterAll(() => emulator.close());

async function page(variables: Record<string, unknown>, of: Pick<Emulator, "url"> = emulator) {
  const { status, body } = await ask(of, EVENTS, { runId: large, ...variables });
  return { status, body: at(body, "data.logsForRun") };
}

const cursorOf = (value: number, type = "STORAGE_ID") =>
  Buffer.from(`{"type": "${type}", "value": ${value}}`).toString("base64");

/** Starts one more over the same world, for the time of a test. */
async function withOther<T>(
  options: Partial<EmulatorOptions>,
  use: (other: Emulator) => Promise<T>,
): Promise<T> {
  const other = await startEmulator({ world, now: () => NOW, ...options });
  try {
    return await use(other);
  } finally {
    await other.close();
  }
}

describe("pages of events", () => {
  it("ascend from after the cursor, and may promise more where there is none", async () => {
    const first = await page({ limit: 3 });
    expect(listAt(first.body, "events").map((event) => at(event, "eventType"))).toEqual([
      "RUN_STARTING",
      "RUN_START",
      "STEP_START",
    ]);
    const second = await page({ limit: 2, afterCursor: at(first.body, "cursor") });
    expect(listAt(second.body, "events").map((event) => at(event, "message"))).toEqual([
      "row batch 3 of load.batch[0]",
      "row batch 4 of load.batch[0]",
    ]);
    const offset = await page({ limit: 10, afterCursor: cursorOf(SIZE - 4, "OFFSET") });
    const events = listAt(offset.body, "events");
    expect(events.map((event) => at(event, "eventType"))).toEqual([
      null,
      null,
      "STEP_FAILURE",
      "RUN_FAILURE",
    ]);
    expect(at(offset.body, "hasMore")).toBe(false);
    const exact = await page({ limit: 4, afterCursor: cursorOf(SIZE - 4, "OFFSET") });
    expect(at(exact.body, "hasMore")).toBe(true);
    const empty = await page({ limit: 4, afterCursor: at(exact.body, "cursor") });
    expect(empty.body).toMatchObject({ events: [], hasMore: false, cursor: at(exact.body, "cursor") });
  });

  it("have cursors whose numbers are larger than 32 bits", async () => {
    const { body } = await page({ limit: 1 });
    const { type, value } = JSON.parse(Buffer.from(String(at(body, "cursor")), "base64").toString("utf8"));
    expect(type).toBe("STORAGE_ID");
    expect(value).toBeGreaterThan(2 ** 31);
  });

  it("cover 100,000 events, each once, in a hundred requests", { timeout: 60_000 }, async () => {
    let cursor: unknown = null;
    let seen = 0;
    let requests = 0;
    const failures: unknown[] = [];
    const query = EVENTS.replace(
      /events \{ __typename[\s\S]*externalUrl \} \} \}/,
      "events { ... on MessageEvent { eventType stepKey } } }",
    );
    for (let more: unknown = true; more === true; requests += 1) {
      const { body } = await ask(emulator, query.replace(/fragment E[^}]*\}/, ""), {
        runId: large,
        limit: 1000,
        afterCursor: cursor,
      });
      const events = listAt(body, "data.logsForRun.events");
      for (const event of events)
        if (at(event, "eventType") === "STEP_FAILURE") failures.push(at(event, "stepKey"));
      seen += events.length;
      more = at(body, "data.logsForRun.hasMore");
      cursor = at(body, "data.logsForRun.cursor");
    }
    // The last page is full, so an empty one follows.
    expect([seen, requests]).toEqual([SIZE, 101]);
    expect(failures).toEqual(["load.batch[4000]", "load.batch[9999]"]);
  });

  it.each([
    ["clamp", 200, 1000],
    ["refuse", 500, null],
    ["unlimited", 200, 2500],
  ] as const)("treat more than the most: %s", async (largePages, status, count) => {
    await withOther({ largePages }, async (other) => {
      const found = await page({ limit: 2500 }, other);
      expect(found.status).toBe(status);
      if (count === null)
        expect(found.body).toMatchObject({
          __typename: "PythonError",
          className: "DagsterError",
          message: "DagsterError: Limit of 2500 is too large. Max is 1000\n",
        });
      else expect(listAt(found.body, "events")).toHaveLength(count);
    });
  });

  it("take 1000 without a limit, and all with a limit of 0", async () => {
    expect(listAt((await page({})).body, "events")).toHaveLength(1000);
    const small = EXTRA_RUNS.retried;
    const all = await page({ runId: small, limit: 0 });
    expect(at(all.body, "hasMore")).toBe(false);
    expect(listAt(all.body, "events").length).toBeGreaterThan(10);
  });

  it("refuse a cursor that is none, and a run that is none", async () => {
    const wrong = await page({ afterCursor: "nonsense" });
    expect([wrong.status, at(wrong.body, "__typename")]).toEqual([500, "PythonError"]);
    const gone = await page({ runId: "gone" });
    expect([gone.status, at(gone.body, "__typename")]).toEqual([200, "RunNotFoundError"]);
  });

  it("of a run without any event have the cursor before the first", async () => {
    const queued = world.runs.find((run) => run.id === EXTRA_RUNS.queued);
    if (queued === undefined) throw new Error("no queued run");
    queued.status = "NOT_STARTED";
    world.touch();
    const { body } = await page({ runId: EXTRA_RUNS.queued });
    expect(body).toMatchObject({ events: [], hasMore: false, cursor: cursorOf(-1) });
    queued.status = "QUEUED";
    world.touch();
  });
});

describe("events of steps", () => {
  const of = async (runId: string) => listAt((await page({ runId })).body, "events");

  it("tell retries, failures with their causes, and what was not executed", async () => {
    const events = await of(EXTRA_RUNS.retried);
    const types = events.map((event) => at(event, "eventType"));
    expect(types[0]).toBe("RUN_ENQUEUED");
    expect(types.at(-1)).toBe("RUN_FAILURE");
    const retry = events.find((event) => at(event, "eventType") === "STEP_UP_FOR_RETRY");
    expect(retry).toMatchObject({
      stepKey: "load.store[Bergen]",
      solidHandleID: "load.store",
      secondsToWait: 10,
      error: { className: "RetryRequestedFromPolicy", cause: { className: "RuntimeError" } },
    });
    const failure = events.find((event) => at(event, "eventType") === "STEP_FAILURE");
    expect(failure).toMatchObject({
      level: "ERROR",
      errorSource: "USER_CODE_ERROR",
      error: { cause: { message: "RuntimeError: boom\n", cause: { className: "ZeroDivisionError" } } },
    });
    const line = events.find((event) => String(at(event, "message")).startsWith("Dependencies"));
    expect(line).toMatchObject({
      __typename: "LogMessageEvent",
      eventType: null,
      level: "ERROR",
      stepKey: "summary",
    });
    const times = events.map((event) => Number(at(event, "timestamp")));
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it("tell a crash by the engine, and no end of the step", async () => {
    const events = await of(EXTRA_RUNS.crashed);
    expect(events.slice(-2).map((event) => [at(event, "eventType"), at(event, "error.className")])).toEqual([
      ["ENGINE_EVENT", "ChildProcessCrashException"],
      ["RUN_FAILURE", undefined],
    ]);
    expect(events.some((event) => at(event, "eventType") === "STEP_FAILURE")).toBe(false);
  });

  it("have metadata of a materialization, and its partition", async () => {
    const [adHoc, backfill] = [await of(EXTRA_RUNS.adHoc), await of(EXTRA_RUNS.backfill[0] ?? "")];
    const made = (events: unknown[]) =>
      events.find((event) => at(event, "eventType") === "ASSET_MATERIALIZATION");
    expect(made(adHoc)).toMatchObject({
      assetKey: { path: ["weather", "forecast"] },
      metadataEntries: [{ __typename: "IntMetadataEntry", label: "rows" }],
    });
    expect(made(backfill)).toMatchObject({ partition: "2026-11-15" });
  });
});
