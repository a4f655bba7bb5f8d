/** What is wrong with a deployment itself. */
import { describe, expect, it } from "vitest";
import { readConditions } from "../../../src/sources/dagster/conditions.ts";
import { TICKS } from "../../../src/sources/dagster/documents.ts";
import type { WireObject } from "../../../src/sources/wire/loose.ts";
import type { ConditionRow } from "../../../src/store/units.ts";
import { failureOf, NOW } from "../dbt-cloud/served.ts";
import { visitOver } from "./visits.ts";

const SECONDS = NOW / 1000;
const HOUR = 3600;
const ERROR = {
  message: "dagster._core.errors.DagsterError: outer\n",
  className: "DagsterError",
  cause: { message: "KeyError: 'cities'\n", className: "KeyError", cause: null },
};

const conditions = (entries: WireObject[], daemons: WireObject[] = []): Promise<ConditionRow[]> =>
  readConditions(
    visitOver({
      RunlensConditions: {
        instance: { daemonHealth: { allDaemonStatuses: daemons } },
        workspaceOrError: { __typename: "Workspace", locationEntries: entries },
      },
    }).visit,
  );

describe("a code location", () => {
  it("that does not load is critical, with its root cause", async () => {
    const entry = {
      name: "shop",
      updatedTimestamp: SECONDS - HOUR,
      locationOrLoadError: { __typename: "PythonError", ...ERROR },
    };
    expect(await conditions([entry, { ...entry, name: "unwanted" }])).toEqual([
      {
        project_id: "shop",
        kind: "code_location",
        subject: "shop",
        severity: "critical",
        message: "does not load: KeyError: 'cities'",
        since: (SECONDS - HOUR) * 1e6,
      },
    ]);
  });

  it("that loads, or is loading, is nothing to see to", async () => {
    const loaded = { __typename: "RepositoryLocation", repositories: [] };
    expect(
      await conditions([
        { name: "shop", locationOrLoadError: loaded },
        { name: "ops", locationOrLoadError: null },
      ]),
    ).toEqual([]);
  });
});

type Tick = "SUCCESS" | "FAILURE" | "SKIPPED" | "STARTED";

/** The conditions of one schedule or sensor with these ticks, newest first, an hour apart. */
async function ofTicks(ticks: Tick[], status = "RUNNING", kind: "schedule" | "sensor" = "schedule") {
  const found = ticks.map((word, age) => ({
    timestamp: SECONDS - age * HOUR,
    status: word,
    error: word === "FAILURE" ? ERROR : null,
  }));
  const one = { name: "hourly", [`${kind}State`]: { status, ticks: found } };
  const repository = { schedules: [], sensors: [], [`${kind}s`]: [one] };
  const rows = await conditions([
    { name: "shop", locationOrLoadError: { __typename: "RepositoryLocation", repositories: [repository] } },
  ]);
  expect(
    rows.every((row) => row.kind === kind && row.project_id === "shop" && row.subject === "hourly"),
  ).toBe(true);
  return rows.map(({ message, since, severity }) => [severity, message, SECONDS - (since ?? 0) / 1e6]);
}

describe("ticks", () => {
  const because = "failed: KeyError: 'cities'";
  it.each<[string, Tick[], unknown[][]]>([
    ["of which the last failed", ["FAILURE", "SUCCESS"], [["critical", `its last tick ${because}`, 0]]],
    [
      "that failed in a row, since the first of them",
      ["FAILURE", "FAILURE", "FAILURE", "SKIPPED", "FAILURE"],
      [["critical", `3 ticks in a row ${because}`, 2 * HOUR]],
    ],
    [
      "that failed for as long as is looked",
      Array.from({ length: TICKS }, () => "FAILURE"),
      [["critical", `at least ${TICKS} ticks in a row ${because}`, (TICKS - 1) * HOUR]],
    ],
    ["that all failed, of few", ["FAILURE", "FAILURE"], [["critical", `2 ticks in a row ${because}`, HOUR]]],
    [
      "of which one goes on",
      ["STARTED", "FAILURE", "SUCCESS"],
      [["critical", `its last tick ${because}`, HOUR]],
    ],
    ["of which the last succeeded", ["SUCCESS", "FAILURE", "FAILURE"], []],
    ["of which the last had nothing to do", ["SKIPPED", "FAILURE"], []],
    ["of which none has ended", ["STARTED"], []],
    ["of which there are none", [], []],
  ])("%s", async (_, ticks, expected) => {
    expect(await ofTicks(ticks)).toEqual(expected);
    expect(await ofTicks(ticks, "RUNNING", "sensor")).toEqual(expected);
  });

  it("of what is stopped are nobody's concern", async () => {
    expect(await ofTicks(["FAILURE", "FAILURE"], "STOPPED")).toEqual([]);
  });
});

describe("a daemon", () => {
  const daemon = (given: WireObject) => ({
    daemonType: "SENSOR",
    required: true,
    healthy: false,
    lastHeartbeatTime: SECONDS - 10,
    lastHeartbeatErrors: [],
    ...given,
  });
  const ofDaemon = async (given: WireObject) =>
    (await conditions([], [daemon(given)])).map(({ project_id, kind, subject, severity, message, since }) => {
      expect([project_id, kind]).toEqual([null, "daemon"]);
      return [subject, severity, message, since];
    });

  it.each<[string, WireObject, unknown[][]]>([
    [
      "that is down keeps everything from being started",
      { lastHeartbeatTime: SECONDS - 2 * HOUR },
      [["SENSOR", "critical", "does not run", (SECONDS - 2 * HOUR) * 1e6]],
    ],
    ["that has never run", { lastHeartbeatTime: null }, [["SENSOR", "critical", "has never run", null]]],
    [
      "that is down, whatever it said before",
      {
        daemonType: "QUEUED_RUN_COORDINATOR",
        lastHeartbeatTime: SECONDS - HOUR,
        lastHeartbeatErrors: [ERROR],
      },
      [["QUEUED_RUN_COORDINATOR", "critical", "does not run", (SECONDS - HOUR) * 1e6]],
    ],
    [
      "that is down and of less weight",
      { daemonType: "BACKFILL", lastHeartbeatTime: SECONDS - HOUR },
      [["BACKFILL", "warning", "does not run", (SECONDS - HOUR) * 1e6]],
    ],
    [
      "that lives with errors of its own",
      { daemonType: "BACKFILL", lastHeartbeatErrors: [ERROR] },
      [["BACKFILL", "warning", "runs with errors: KeyError: 'cities'", null]],
    ],
    // The errors of a living daemon of ticks are those of single sensors, which are told of these.
    ["that lives with errors of a sensor", { lastHeartbeatErrors: [ERROR] }, []],
    ["that lives with errors of a schedule", { daemonType: "SCHEDULER", lastHeartbeatErrors: [ERROR] }, []],
    ["that lives and is called unhealthy without a reason", { daemonType: "BACKFILL" }, []],
    ["that nobody needs", { required: false, lastHeartbeatTime: null }, []],
    ["that is well", { healthy: true }, []],
    // Dagster+ runs it itself, and says nothing of it.
    ["of which nothing is said", { healthy: null, lastHeartbeatTime: null }, []],
  ])("%s", async (_, given, expected) => {
    expect(await ofDaemon(given)).toEqual(expected);
  });

  it("is taken for dead after as long as Dagster itself does", async () => {
    expect(await ofDaemon({ lastHeartbeatTime: SECONDS - 1800 })).toEqual([]);
    expect(await ofDaemon({ lastHeartbeatTime: SECONDS - 1801 })).toHaveLength(1);
  });
});

it("a workspace that cannot be read is a failure", async () => {
  const workspaceOrError = { __typename: "PythonError", message: "boom", className: "ValueError" };
  const { visit } = visitOver({ RunlensConditions: { instance: null, workspaceOrError } });
  expect((await failureOf(readConditions(visit))).message).toContain("ValueError: boom");
});
