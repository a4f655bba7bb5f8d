/** What must hold of the events of a run: each option alone, all pages together, and the words of errors. */
import { describe, expect, test } from "vitest";
import { listAt } from "../places.ts";
import type { Opened } from "./asking.ts";
import type { NamedRun } from "./named-runs.ts";
import { type RawEvent, rawEvents } from "./raw.ts";
import { normal } from "./runs-suite.ts";

/** An event as both sides tell it. */
interface Told {
  timestamp: unknown;
  level: unknown;
  event_type: unknown;
  step_key: unknown;
}

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

export function eventsReadAsTheyAre(get: () => Opened): void {
  const events = async (name: NamedRun, ...options: string[]) => {
    const { id, answer } = get();
    return listAt(await answer("run-events", "get", id(name), ...options), "items");
  };
  const raw = async (name: NamedRun): Promise<RawEvent[]> => rawEvents(get().dagster.url, get().id(name));

  describe("run-events get", () => {
    test.each([
      "quick",
      "failed",
      "retried",
      "dynamic",
      "assets",
    ] as const)("%s has all events", async (name) => {
      const { id, ask } = get();
      const found = await events(name, "--limit", "1000");
      expect(found.map(toldOf)).toEqual((await raw(name)).map(rawTold));
      const overMcp = listAt(await ask("get_run_events", { run_id: id(name), limit: 1000 }), "items");
      expect(overMcp).toEqual(found);
      for (const [index, { message }] of (await raw(name)).entries())
        expect(found[index]?.message).toContain(message.trim().slice(0, 100));
    });

    test("pages of a few events are together all that match", async () => {
      const { id, answer } = get();
      const paged: Record<string, unknown>[] = [];
      let cursor: string[] = [];
      let pages = 0;
      for (; pages < 50; pages++) {
        const page = await answer(
          "run-events",
          "get",
          id("dynamic"),
          "--step",
          "inspect",
          "--limit",
          "9",
          ...cursor,
        );
        paged.push(...listAt(page, "items"));
        expect(page.has_more).toBe(page.next_cursor !== null);
        if (page.next_cursor === null) break;
        cursor = ["--cursor", String(page.next_cursor)];
      }
      expect(pages).toBeGreaterThan(1);
      expect(paged).toEqual(await events("dynamic", "--step", "INSPECT", "--limit", "1000"));
      const expected = (await raw("dynamic")).filter(({ step }) => step?.includes("inspect"));
      expect(paged.map(toldOf)).toEqual(expected.map(rawTold));
    });

    test("--type takes several names, the older ones too", async () => {
      const expected = (await raw("failed")).filter(
        ({ type }) => type === "STEP_FAILURE" || type === "RUN_FAILURE",
      );
      expect(expected).toHaveLength(2);
      for (const types of ["STEP_FAILURE,RUN_FAILURE", "step_failure, PIPELINE_FAILURE"])
        expect((await events("failed", "--type", types)).map(toldOf)).toEqual(expected.map(rawTold));
    });

    test.each(LEVELS)("--level %s is that level and above, --exact-level that one alone", async (level) => {
      const all = await raw("failed");
      const above = all.filter((event) => LEVELS.indexOf(event.level) >= LEVELS.indexOf(level));
      const same = all.filter((event) => event.level === level);
      expect((await events("failed", "--level", level.toLowerCase())).map(toldOf)).toEqual(
        above.map(rawTold),
      );
      expect((await events("failed", "--level", level, "--exact-level")).map(toldOf)).toEqual(
        same.map(rawTold),
      );
    });

    test("a filter comes before the limit", async () => {
      const { id, answer } = get();
      const page = await answer("run-events", "get", id("dynamic"), "--type", "STEP_SUCCESS", "--limit", "2");
      const successes = (await raw("dynamic")).filter(({ type }) => type === "STEP_SUCCESS");
      expect(page).toMatchObject({ returned: 2, has_more: true, stopped: "limit" });
      expect(listAt(page, "items").map(toldOf)).toEqual(successes.slice(0, 2).map(rawTold));
    });

    test("errors show their root cause and the chain to it", async () => {
      const [failure] = await events("failed", "--type", "STEP_FAILURE");
      expect(failure).toMatchObject({
        step_key: "charge_cards",
        error_message: "KeyError: 'gate 3'",
        error_chain: [
          expect.stringMatching(
            /^DagsterExecutionStepExecutionError: Error occurred while executing op "charge_cards":/,
          ),
          "CardError: No card could be charged.",
          "ConnectionError: The terminal at gate 3 is off.",
          "KeyError: 'gate 3'",
        ],
      });
      expect(failure).not.toHaveProperty("error_stack");
    });

    test("--stack begins with the user's line that failed, and is cut", async () => {
      const [failure] = await events("failed", "--type", "STEP_FAILURE", "--stack");
      const stack = Array.isArray(failure?.error_stack) ? failure.error_stack.map(String) : [];
      expect(stack.slice(0, 3)).toEqual([
        "KeyError: 'gate 3'",
        expect.stringMatching(/harbour\/jobs\.py", line \d+, in _reach_terminal$/),
        expect.stringContaining('_ = {}["gate 3"]'),
      ]);
      expect(stack.length).toBeLessThanOrEqual(61);
    });

    test("the attempts of a step that was tried again are all there", async () => {
      const found = await events(
        "retried",
        "--type",
        "STEP_START,STEP_UP_FOR_RETRY,STEP_RESTARTED,STEP_SUCCESS",
      );
      expect(found.map(({ event_type, error_message }) => [event_type, error_message ?? null])).toEqual([
        ["STEP_START", null],
        ["STEP_UP_FOR_RETRY", "TimeoutError: The weather office does not answer."],
        ["STEP_RESTARTED", null],
        ["STEP_SUCCESS", null],
      ]);
    });

    test("a table shows them in columns, with a closing count", async () => {
      const { id, runlens } = get();
      const { stdout } = await runlens("run-events", "get", id("failed"), "--level", "WARNING");
      expect(normal(stdout)).toMatchSnapshot();
    });

    test("a table of a page says how to go on", async () => {
      const { id, runlens } = get();
      const { stdout } = await runlens("run-events", "get", id("quick"), "--limit", "2");
      expect(normal(stdout)).toContain(
        "Events: 2, more may follow\nNext page: runlens run-events get 00000000-",
      );
    });

    test("none that match are said, with what there is", async () => {
      const { id, runlens } = get();
      const { code, stdout } = await runlens("run-events", "get", id("quick"), "--type", "STEP_FAILURE");
      expect(code).toBe(0);
      expect(normal(stdout)).toMatch(
        /^No events found for run 00000000-[0-]*\.\n\nNote: No event of run .* matches\./,
      );
    });

    test.each([
      ["a run that there is not", ["00000000-1111-2222-3333-444444444444"], 4, /^NOT_FOUND: /],
      [
        "an unknown type, with the list",
        ["$", "--type", "STEP_FAILED"],
        2,
        /Nearest: STEP_FAILURE.*Types: RUN_START/,
      ],
      ["an unknown level", ["$", "--level", "LOUD"], 2, /DEBUG.*CRITICAL/],
      ["an exact level that is not named", ["$", "--exact-level"], 2, /exact_level/],
      ["a limit of none", ["$", "--limit", "0"], 2, /--limit is "0"/],
      ["a cursor that is damaged", ["$", "--cursor", "nonsense"], 2, /cursor cannot be read/],
    ])("refused is %s", async (_, words, exit, said) => {
      const { id, runlens } = get();
      const args = words.map((word) => (word === "$" ? id("quick") : word));
      const { code, stdout, stderr } = await runlens("run-events", "get", ...args);
      expect([code, stdout]).toEqual([exit, ""]);
      expect(stderr.replaceAll("\n", " ")).toMatch(said);
    });

    test("a cursor goes with the filters that it was made with", async () => {
      const { id, runlens, answer } = get();
      const page = await answer("run-events", "get", id("quick"), "--limit", "2");
      const next = ["--cursor", String(page.next_cursor)];
      const { code, stderr } = await runlens("run-events", "get", id("quick"), "--level", "ERROR", ...next);
      expect([code, stderr]).toEqual([2, expect.stringContaining("another run or other filters")]);
    });
  });
}

/** Events of runs of which only the newest server has some: deaths of processes, refusals, logged lines. */
export function deathsReadAsTheyAre(get: () => Opened): void {
  const events = async (name: NamedRun, ...options: string[]) => {
    const { id, answer } = get();
    return listAt(await answer("run-events", "get", id(name), ...options), "items");
  };

  describe("run-events get of what has died or never began", () => {
    test("the exit code of a step's process", async () => {
      const found = await events("stepCrashed", "--type", "ENGINE_EVENT", "--step", "sweep_radar");
      expect(found.at(-1)).toMatchObject({
        message: expect.stringContaining("unexpectedly exited with code 3"),
      });
      const [failure] = await events("stepCrashed", "--type", "STEP_FAILURE");
      expect(failure).toMatchObject({ step_key: "sweep_radar", error_message: "ChildProcessCrashException" });
    });

    test("the exit code of a run's process", async () => {
      const found = await events("runCrashed", "--type", "ENGINE_EVENT");
      expect(found.at(-1)).toMatchObject({
        message: expect.stringContaining("unexpectedly exited with code 4"),
      });
      expect(await events("runCrashed", "--type", "STEP_FAILURE")).toEqual([]);
    });

    test("a resource that could not be made", async () => {
      const [failure] = await events("noResource", "--type", "RESOURCE_INIT_FAILURE");
      expect(failure).toMatchObject({
        level: "ERROR",
        step_key: "pass_lock",
        error_message: "OSError: The lock gate does not open.",
      });
    });

    test("a run that was refused, and one that waits", async () => {
      const refused = await events("refused", "--level", "ERROR");
      expect(refused[0]).toMatchObject({ error_message: "RuntimeError: No berth is free for this run." });
      expect((await events("queued")).map(({ event_type }) => event_type)).toEqual(["RUN_ENQUEUED"]);
    });

    test("a run that nobody has started", async () => {
      expect(await events("neverStarted")).toEqual([]);
    });

    test("a step that was cancelled is marked as interrupted", async () => {
      const [failure] = await events("canceled", "--type", "STEP_FAILURE");
      expect(failure).toMatchObject({ message: expect.stringContaining("INTERRUPT") });
    });

    test("lines that were logged, at every level", async () => {
      const found = await events("logged", "--type", "LOG", "--step", "write_logbook", "--level", "INFO");
      expect(found.map(({ level, message }) => [level, message])).toEqual([
        ["INFO", "Wind from the west."],
        ["WARNING", "A line has come loose."],
        ["ERROR", "A fender is gone."],
        ["CRITICAL", "A boat is adrift.\nIt is the otter."],
      ]);
    });

    test("verdicts of checks, with their severity", async () => {
      const found = await events("assets", "--type", "ASSET_CHECK_EVALUATION");
      const messages = found.map(({ message }) => String(message));
      expect(messages).toHaveLength(4);
      expect(messages.filter((message) => /Severity: WARN/.test(message))).toEqual([
        expect.stringContaining("few_duplicates"),
      ]);
      expect(messages.filter((message) => /Severity: ERROR/.test(message))).toEqual([
        expect.stringContaining("every_booking_has_a_boat"),
      ]);
    });

    test("partitions", async () => {
      const [made] = await events("partition", "--type", "ASSET_MATERIALIZATION");
      expect(made).toMatchObject({ partition: "2026-01-03" });
    });
  });
}

const toldOf = ({ timestamp, level, event_type, step_key }: Record<string, unknown>): Told => ({
  timestamp,
  level,
  event_type,
  step_key,
});

function rawTold({ at, level, type, step }: RawEvent): Told {
  const event_type = type === null ? "LOG" : type.replace(/^PIPELINE_/, "RUN_");
  return { timestamp: at, level, event_type, step_key: step };
}
