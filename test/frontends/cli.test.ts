import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { App } from "../../src/app.ts";
import type { Flags } from "../../src/config.ts";
import { ERROR_CODES, RunlensError } from "../../src/errors.ts";
import { runCli } from "../../src/frontends/cli/program.ts";
import { defineOperation, type Operation } from "../../src/operation.ts";
import { askFake, fakes, keptLog } from "./fake.ts";

interface Outcome {
  exit: number;
  out: string;
  err: string;
  asked: { name: string; input: unknown }[];
  flags: Flags | null;
}

/** Runs a command line against the fakes. */
async function run(line: readonly string[], operations: readonly Operation[] = fakes): Promise<Outcome> {
  const outcome: Outcome = { exit: -1, out: "", err: "", asked: [], flags: null };
  const { log } = keptLog();
  const ask: App["ask"] = (operation, input, options) => {
    outcome.asked.push({ name: operation.name, input });
    return askFake(operation, input, options);
  };
  outcome.exit = await runCli(line, {
    operations,
    openApp: (flags) => {
      outcome.flags = flags;
      // The commands under test ask and close, nothing else.
      return { ask, log, close: async () => undefined } as unknown as App;
    },
    startStdio: async () => undefined,
    startHttp: async () => "",
    clock: { now: () => Date.parse("2026-11-18T07:30:00Z") },
    console: {
      out: async (text) => {
        outcome.out += text.endsWith("\n") ? text : `${text}\n`;
      },
      err: (text) => {
        outcome.err += `${text}\n`;
      },
      progress: null,
      endProgress: () => undefined,
    },
    log,
    version: "1.2.3",
    signal: new AbortController().signal,
  });
  return outcome;
}

describe("an operation as a command", () => {
  it("takes every kind of input by its name with dashes", async () => {
    const line =
      "list-rows --tags a,b --tags c --status success,failure --last-n-runs 7 --min-runtime 1.5 --refresh --include-or-exclude exclude";
    const { asked, exit } = await run(line.split(" "));
    expect(asked[0]?.input).toEqual({
      tags: ["a,b", "c"],
      status: ["success", "failure"],
      last_n_runs: 7,
      min_runtime: 1.5,
      refresh: true,
      include_or_exclude: "exclude",
    });
    expect(exit).toBe(0);
  });

  it("takes the id alone or by name", async () => {
    expect((await run(["get-row", "7"])).asked[0]?.input).toEqual({ row_id: "7" });
    expect((await run(["get-row", "--row-id", "7"])).asked[0]?.input).toEqual({ row_id: "7" });
  });

  it("refuses an id that is given twice", async () => {
    const { exit, err } = await run(["get-row", "7", "--row-id", "8"]);
    expect([exit, err]).toEqual([2, expect.stringContaining("row-id is given twice: 7 and 8.")]);
  });

  it("draws a table for people: heads with units, durations and times as one says them", async () => {
    const { out } = await run(["list-rows", "--limit", "2"]);
    expect(out.split("\n").slice(0, 4)).toEqual([
      "MODEL ID      RUNTIME  ENDED (UTC)",
      "──────────────────────────────────────────",
      "shop.model_0  12m 41s  2026-11-18 02:11:05",
      "shop.model_1           2026-11-18 02:11:05",
    ]);
    expect(out).toContain("2 of 500 items\nNext page: runlens list-rows ... --cursor 2");
  });

  it("shows the fields asked for instead", async () => {
    const { out } = await run(["list-rows", "--fields", "ended_at,model_id", "--limit", "1"]);
    expect(out).toMatch(/^ENDED \(UTC\) +MODEL ID\n/);
  });

  it("prints the whole answer with --json", async () => {
    const { out } = await run(["list-rows", "--limit", "500", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ returned: 500, has_more: false, next_cursor: null });
  });

  it("prints the schema of the answer with --response-schema and asks nothing", async () => {
    const { out, asked } = await run(["get-row", "--response-schema"]);
    expect(JSON.parse(out)).toMatchObject({ properties: { row_id: { type: "string" } } });
    expect(asked).toEqual([]);
  });

  it("explains every option, with choices, defaults and examples that can be typed", async () => {
    const { out, exit } = await run(["list-rows", "--help"]);
    const plain = out.replaceAll(/\s+/g, " ");
    expect(plain).toContain("Only models with any of these tags. (repeat for several)");
    expect(plain).toContain("(repeat for several; choices: success, failure)");
    expect(plain).toContain("(default: 20)");
    expect(out).toContain("runlens list-rows --tags 'owner: ops, eu' --limit 3");
    expect(exit).toBe(0);
  });
});

describe("what is typed wrong", () => {
  it.each([
    ["an unknown command", ["list-rwos"], "Unknown command 'list-rwos'.", "Did you mean list-rows?"],
    ["an unknown option", ["list-rows", "--limt", "3"], "Unknown option '--limt'.", "Did you mean --limit?"],
    [
      "a word for a number",
      ["list-rows", "--limit", "many"],
      "'many' is invalid. It has to be a number.",
      "--help",
    ],
    ["a word that is no choice", ["list-rows", "--include-or-exclude", "x"], "include, exclude", "--help"],
    ["one argument too many", ["get-row", "7", "8"], "Too many arguments", "--help"],
    ["no id", ["get-row"], "get_row needs row_id.", "row_id, size"],
    [
      "a number out of range",
      ["list-rows", "--limit", "0"],
      "limit of list_rows is not valid",
      "Arguments: tags",
    ],
    ["a severity that is none", ["health-dashboard", "--fail-on", "meh"], "critical or warning", "--help"],
  ])("%s exits 2 with the next move", async (_, line, message, hint) => {
    const { exit, out, err } = await run(line);
    expect(exit).toBe(2);
    expect(err).toMatch(/^INVALID_INPUT: /);
    expect(err).toContain(message);
    expect(err).toContain(hint);
    expect(out).toBe("");
  });

  it("is said as JSON on stderr where the answer was to be JSON", async () => {
    const { err, exit } = await run(["get-row", "missing", "--json"]);
    expect(exit).toBe(4);
    expect(JSON.parse(err)).toMatchObject({ error: { code: "NOT_FOUND", hint: "Call list_rows." } });
  });

  it("shows nothing of what went wrong inside", async () => {
    const { err, exit } = await run(["explode"]);
    expect(exit).toBe(1);
    expect(err).not.toContain("hunter2");
  });

  it.each(Object.entries(ERROR_CODES))("%s exits with its code of the table", async (code, { exit }) => {
    const fails = defineOperation({
      name: "fails",
      path: "GET /fails",
      title: "Fails",
      summary: "Fails.",
      guidance: "No.",
      input: z.strictObject({}),
      output: z.object({}),
      examples: [],
      columns: [],
      handle: async () => {
        // The table's own keys.
        throw new RunlensError(code as keyof typeof ERROR_CODES, "It failed.", "Try again.");
      },
    });
    expect((await run(["fails"], [fails])).exit).toBe(exit);
  });
});

describe("health-dashboard --fail-on", () => {
  it.each([
    ["critical", "critical", 10, "Exit code 10: orders is critical: 2 rows fail (--fail-on critical).\n"],
    ["critical", "warning", 10, "Exit code 10: orders is critical: 2 rows fail (--fail-on warning).\n"],
    ["warning", "warning", 10, "Exit code 10: orders is a warning: 2 rows fail (--fail-on warning).\n"],
    ["warning", "critical", 0, ""],
    ["fine", "warning", 0, ""],
  ])("with %s alerts and --fail-on %s exits %i", async (environment, severity, exit, why) => {
    const line = ["health-dashboard", "--environment", environment];
    const outcome = await run([...line, "--fail-on", severity]);
    expect([outcome.exit, outcome.err]).toEqual([exit, why]);
    expect(outcome.out).toContain("Models: healthy 3, warning 1");
    expect(outcome.out).toBe((await run(line)).out);
  });

  it("leaves JSON on stdout as it is", async () => {
    const line = ["health-dashboard", "--environment", "critical", "--json"];
    const { exit, out } = await run([...line, "--fail-on", "critical"]);
    expect(exit).toBe(10);
    expect(JSON.parse(out)).toMatchObject({ alerts: [{ subject: "orders" }] });
    expect(out).toBe((await run(line)).out);
  });

  it("does without it where nobody asks", async () => {
    const { exit, err } = await run(["health-dashboard", "--environment", "critical"]);
    expect([exit, err]).toEqual([0, ""]);
  });
});

describe("run-events get", () => {
  it("draws TIMESTAMP, LEVEL, TYPE, STEP_KEY and MESSAGE, cut, and counts", async () => {
    const { out } = await run(["run-events", "get", "4711"]);
    expect(out).toMatch(/^Events of run 4711:\n\nTIMESTAMP +LEVEL +TYPE +STEP_KEY +MESSAGE\n/);
    expect(out).toContain("Started red\n");
    expect(out).toContain(`${"m".repeat(59)}…\n`);
    expect(out).toContain("Total events: 2");
  });

  it("filters by types, step, level and limit", async () => {
    const line = "run-events get 4711 --type RUN_START,STEP_FAILURE --step orders --level error --limit 5";
    const { asked, out } = await run(line.split(" "));
    expect(asked[0]).toEqual({
      name: "get_run_events",
      input: {
        run_id: "4711",
        event_type: ["RUN_START", "STEP_FAILURE"],
        step_key: "orders",
        level: "ERROR",
        limit: 5,
      },
    });
    expect(out).toContain("Total events: 1");
  });

  it("asks for one level alone and for stacks", async () => {
    const line = "run-events get 4711 --level ERROR --exact-level --stack";
    const { asked } = await run(line.split(" "));
    expect(asked[0]?.input).toEqual({
      run_id: "4711",
      level: "ERROR",
      exact_level: true,
      include: ["stack"],
    });
  });

  it("names the command for the next page, with all that was asked", async () => {
    const line = "run-events get 4711 --level ERROR --exact-level --stack --limit 2 --cursor xyz --step";
    const { out } = await run([...line.split(" "), "or'd[1] s", "--type", "STEP_FAILURE,RUN_FAILURE"]);
    expect(out).toContain(
      "Next page: runlens run-events get 4711 --type STEP_FAILURE,RUN_FAILURE --step 'or'\\''d[1] s' --level ERROR --limit 2 --exact-level --stack --cursor abc\n",
    );
  });

  it("says when there are none", async () => {
    const { out } = await run(["run-events", "get", "4711", "--type", "NOPE"]);
    expect(out).toBe("No events found for run 4711.\n");
  });

  it("prints the whole answer with --json", async () => {
    const { out } = await run(["run-events", "get", "4711", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ total: 2, items: [{ step_key: null }, { derived: true }] });
  });
});

describe("the program", () => {
  it("lists every operation and every other command", async () => {
    const { out, exit } = await run(["--help"]);
    for (const word of [
      "list-rows",
      "get-row",
      "run-events",
      "ingest",
      "cache",
      "doctor",
      "demo",
      "mcp",
      "serve",
    ]) {
      expect(out).toContain(`\n  ${word}`);
    }
    expect(exit).toBe(0);
  });

  it("prints its version", async () => {
    expect(await run(["--version"])).toMatchObject({ out: "1.2.3\n", exit: 0 });
  });

  it("takes flags for the configuration before and after the command", async () => {
    const flags = { envFile: "e", config: "c", store: "s", artifacts: ["a", "b"], demo: true };
    const line = "--env-file e --config c --store s --artifacts a --artifacts b --demo";
    expect((await run([...line.split(" "), "list-rows"])).flags).toEqual(flags);
    expect((await run(["list-rows", ...line.split(" ")])).flags).toEqual(flags);
  });

  it("shows the commands of a noun that stands alone", async () => {
    expect((await run(["run-events"])).out).toContain("get [options] <run-id>");
  });
});
