import { describe, expect, it } from "vitest";
import type { Account } from "../../src/core/account.ts";
import type { EventFollow, EventQuery, Knowledge } from "../../src/core/knowledge.ts";
import { eventText } from "../../src/frontends/cli/event-text.ts";
import type { WireEvent } from "../../src/sources/dagster/event-page.ts";
import { scanEvents } from "../../src/sources/dagster/event-scan.ts";
import getRunEvents from "../../tools/get-run-events.ts";
import { accountOver } from "../core/synthetic.ts";
import { snapshotOf } from "../demo.ts";
import { eventLog, fakeLog, START, wireEvent } from "../sources/dagster/events.ts";
import { LoadRows } from "../store/rows.ts";

const RUN = "6e2f3c52-0000-4000-8000-000000000001";

const at = (second: number) => ({ timestamp: String(START + second * 1000) });
const error = (className: string, message: string, cause: unknown = null) => ({
  message: `${className}: ${message}\n`,
  className,
  stack: [`  File "defs.py", line ${message.length}, in load\n    raise\n`],
  cause,
});
const WRAPPED = error(
  "DagsterExecutionStepExecutionError",
  'Error occurred while executing op "load":',
  error("RuntimeError", "load", error("ConnectionError", "no route to host")),
);

/** A run as Dagster records one: a retry, a line of a user, a failed check, a failure. */
const EVENTS: readonly WireEvent[] = [
  wireEvent({ ...at(0), eventType: "PIPELINE_START", message: 'Started execution of run for "nightly".' }),
  wireEvent({
    ...at(1),
    eventType: "STEP_START",
    stepKey: "load",
    message: 'Started execution of step "load".',
  }),
  wireEvent({ ...at(2), eventType: null, level: "WARNING", stepKey: "load", message: "slow host\nwaiting" }),
  wireEvent({
    ...at(3),
    eventType: "STEP_UP_FOR_RETRY",
    stepKey: "load",
    message: 'Execution of step "load" failed and has requested a retry.',
    secondsToWait: 3,
    error: error("RetryRequestedFromPolicy", "", error("ConnectionError", "no route to host")),
  }),
  wireEvent({
    ...at(7),
    eventType: "ASSET_CHECK_EVALUATION",
    stepKey: "mart_rows",
    message: "Asset check 'rows' on 'mart' did not pass.",
    evaluation: {
      checkName: "rows",
      success: false,
      severity: "WARN",
      assetKey: { path: ["mart"] },
      partition: "de",
    },
  }),
  wireEvent({
    ...at(8),
    eventType: "STEP_FAILURE",
    level: "ERROR",
    stepKey: "load",
    message: 'Execution of step "load" failed.',
    error: WRAPPED,
    errorSource: "USER_CODE_ERROR",
  }),
  wireEvent({
    ...at(9),
    eventType: "PIPELINE_FAILURE",
    level: "ERROR",
    message: "Execution of run for \"nightly\" failed. Steps failed: ['load'].",
  }),
];

interface Asked {
  query: EventQuery;
  follow: EventFollow;
}

/** An account with one run, whose log is in Dagster. */
async function opened(
  events: readonly WireEvent[] = EVENTS,
  run: { status: "failure" | "running"; ended_at: string | null } = {
    status: "failure",
    ended_at: "2026-11-20T02:00:09Z",
  },
): Promise<{ account: Account; asked: Asked[] }> {
  const asked: Asked[] = [];
  const recorded: Knowledge["events"] = (sourceId, runId, query, follow) => {
    expect(sourceId).toBe("test");
    asked.push({ query, follow });
    const { signal = new AbortController().signal, progress = () => {} } = follow;
    return scanEvents(fakeLog(events).read, runId, query, { signal, progress, deadline: null, now: () => 0 });
  };
  const rows = new LoadRows();
  rows.run({ run: { run_id: RUN, started_at: "2026-11-20T02:00:00Z", ...run } });
  const account = await accountOver(rows, "2026-11-20T09:00:00Z", ["test"], { events: recorded });
  return { account, asked };
}

const ask = async (account: Account, input: Record<string, unknown> = {}) =>
  getRunEvents.run({ run_id: RUN, ...input }, { account });

const typesOf = ({ items }: Record<string, unknown>): unknown[] =>
  Array.isArray(items) ? items.map(({ event_type }) => event_type) : [];

describe("get_run_events of a system that records events", () => {
  it("answers as the snapshot says", async () => {
    const { account } = await opened();
    const answer = await ask(account, { level: "ERROR", include: ["stack"] });
    await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-run-events-recorded"));
  });

  it.each([
    [{ event_type: ["run_failure, step_failure"] }, ["STEP_FAILURE", "RUN_FAILURE"]],
    [{ event_type: ["PIPELINE_START"] }, ["RUN_START"]],
    [{ event_type: ["LOG"] }, ["LOG"]],
    [{ level: "WARNING" }, ["LOG", "STEP_FAILURE", "RUN_FAILURE"]],
    [{ level: "WARNING", exact_level: true }, ["LOG"]],
    [{ step_key: "MART" }, ["ASSET_CHECK_EVALUATION"]],
  ])("filters by %j", async (input, types) => {
    const { account } = await opened();
    expect(typesOf(await ask(account, input))).toEqual(types);
  });

  it("tells root causes, and chains where there is one", async () => {
    const { account } = await opened();
    const answer = await ask(account, { event_type: ["STEP_UP_FOR_RETRY", "STEP_FAILURE", "RUN_FAILURE"] });
    expect(answer.items).toMatchObject([
      {
        error_message: "ConnectionError: no route to host",
        error_chain: ["RetryRequestedFromPolicy", "ConnectionError: no route to host"],
      },
      { error_message: "ConnectionError: no route to host", derived: false },
      { event_type: "RUN_FAILURE" },
    ]);
    expect(JSON.stringify(answer)).not.toContain("error_stack");
    expect((await account.getRunEvents({ runId: RUN })).map((event) => event.errorChain.length)).toEqual([
      0, 0, 0, 2, 0, 3, 0,
    ]);
  });

  it("goes on where the page before ended", async () => {
    const { account } = await opened(eventLog(1500));
    const first = await ask(account, { limit: 1200 });
    expect(first).toMatchObject({ returned: 1200, scanned: 1200, stopped: "limit", has_more: true });
    expect(first).not.toHaveProperty("total");
    const second = await ask(account, { limit: 1200, cursor: first.next_cursor });
    expect(second).toMatchObject({
      returned: 300,
      scanned: 300,
      stopped: "end",
      has_more: false,
      next_cursor: null,
    });
  });

  it("refuses what it does not know, with what it knows", async () => {
    const { account, asked } = await opened();
    await expect(ask(account, { event_type: ["STEP_FAILED"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringMatching(
        /^Nearest: STEP_FAILURE.*Types: .*ASSET_MATERIALIZATION.*TEST_RESULT|.*TEST_RESULT.*ASSET_MATERIALIZATION/,
      ),
    });
    await expect(ask(account, { exact_level: true })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(ask(account, { limit: 10_001 })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(asked).toEqual([]);
    await expect(ask(account, { cursor: "damaged" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("says what there is where nothing matches", async () => {
    const { account } = await opened();
    const { source, returned } = await ask(account, { event_type: ["TEST_RESULT"] });
    expect(returned).toBe(0);
    expect(source).toMatchObject({
      notes: [
        `No event of run ${RUN} matches. Looked at: ASSET_CHECK_EVALUATION 1, LOG 1, RUN_FAILURE 1, RUN_START 1, STEP_FAILURE 1, STEP_START 1, STEP_UP_FOR_RETRY 1.`,
      ],
    });
  });

  it("says of a run that goes on that more may come, and that its log can change", async () => {
    const { account, asked } = await opened(eventLog(3), { status: "running", ended_at: null });
    const answer = await ask(account);
    expect(answer).toMatchObject({ returned: 3, stopped: "end", has_more: false });
    expect(answer.source).toMatchObject({
      notes: [expect.stringContaining("is running: these are its events so far")],
    });
    expect(asked[0]?.query.ended).toBe(false);
    const over = await opened();
    await ask(over.account);
    expect(over.asked[0]?.query.ended).toBe(true);
  });

  it("asks once, with the time at which the question came, and passes progress on", async () => {
    const { account, asked } = await opened(eventLog(2500));
    const told: number[] = [];
    await getRunEvents.run(
      { run_id: RUN, level: "ERROR" },
      { account, progress: ({ done }) => told.push(done) },
    );
    expect(told).toEqual([1000, 2000, 2500]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.follow.asked_at).toBe(Date.parse("2026-11-20T09:00:00Z"));
  });

  it("needs a run that is known", async () => {
    const { account } = await opened();
    await expect(getRunEvents.run({ run_id: "nothing-like-it" }, { account })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("its text on a terminal", () => {
  const NEXT = `runlens run-events get ${RUN}`;

  it("has root causes below what they broke, and stacks at the end", async () => {
    const { account } = await opened();
    const answer = await ask(account, { level: "WARNING", include: ["stack"] });
    const { items, ...rest } = answer;
    const shown = Array.isArray(items) ? items.filter(({ event_type }) => event_type !== "RUN_FAILURE") : [];
    expect(
      await eventText(RUN, { ...rest, items: shown, returned: shown.length }, NEXT),
    ).toMatchInlineSnapshot(`
      "Events of run 6e2f3c52-0000-4000-8000-000000000001:

      TIMESTAMP            LEVEL    TYPE          STEP_KEY  MESSAGE
      ────────────────────────────────────────────────────────────────────────────────────────────────────────
      2026-11-20 02:00:02  WARNING  LOG           load      slow host waiting
      2026-11-20 02:00:08  ERROR    STEP_FAILURE  load      Execution of step "load" failed. (USER_CODE_ERROR)
                                                            └ ConnectionError: no route to host

      Total events: 2 (of 7 looked at)

      Stack, STEP_FAILURE of load at 2026-11-20T02:00:08.000Z:
        ConnectionError: no route to host
          File "defs.py", line 16, in load
            raise
        RuntimeError: load
          File "defs.py", line 4, in load
            raise
        DagsterExecutionStepExecutionError: Error occurred while executing op "load":
          File "defs.py", line 41, in load
            raise"
    `);
  });

  it("names the command for the next page, and how much was looked at", async () => {
    const { account } = await opened(eventLog(300, (index) => (index % 100 === 0 ? { level: "ERROR" } : {})));
    const answer = await ask(account, { level: "ERROR", limit: 1 });
    const text = await eventText(RUN, { ...answer, next_cursor: "abc" }, `${NEXT} --level ERROR --limit 1`);
    expect(text).toMatchInlineSnapshot(`
      "Events of run 6e2f3c52-0000-4000-8000-000000000001:

      TIMESTAMP            LEVEL  TYPE          STEP_KEY  MESSAGE
      ───────────────────────────────────────────────────────────
      2026-11-20 02:00:00  ERROR  ENGINE_EVENT            event 0

      Events: 1 (of 100 looked at), more may follow
      Next page: runlens run-events get 6e2f3c52-0000-4000-8000-000000000001 --level ERROR --limit 1 --cursor abc"
    `);
  });

  it("says when there are none", async () => {
    const { account } = await opened([]);
    const none = await ask(account);
    expect(await eventText(RUN, none, NEXT)).toBe(`No events found for run ${RUN}.`);
    const cut = { ...none, scanned: 200_000, stopped: "budget", has_more: true, next_cursor: "abc" };
    expect(await eventText(RUN, cut, NEXT)).toBe(
      `No events found for run ${RUN} among the 200000 looked at.\n\nNext page: ${NEXT} --cursor abc`,
    );
  });
});
