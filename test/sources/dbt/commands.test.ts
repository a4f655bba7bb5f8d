import { describe, expect, it } from "vitest";
import { jobOf, matches, slugOf } from "../../../src/sources/artifacts/jobs.ts";
import { commandOf } from "../../../src/sources/dbt/commands.ts";

const lineOf = (args: Record<string, unknown>): string => commandOf(args, []).line;

describe("the normalised command line", () => {
  it.each([
    [{ which: "build" }, "dbt build"],
    [{ which: "build", select: ["tag:nightly"] }, "dbt build --select tag:nightly"],
    [{ which: "run", select: ["b", "a"], exclude: ["c"] }, "dbt run --select a b --exclude c"],
    [{ which: "run", select: "b a" }, "dbt run --select a b"],
    [{ which: "run", select: ["b a"] }, "dbt run --select a b"],
    [{ which: "build", empty: true }, "dbt build --empty"],
    [{ which: "run", models: ["a"] }, "dbt run --select a"],
    [{ which: "run", select: "('b', 'a')" }, "dbt run --select a b"],
    [{ which: "build", select: [""], exclude: [] }, "dbt build"],
    [{ which: "build", selector: "nightly" }, "dbt build --selector nightly"],
    [{ which: "build", selector_name: "nightly" }, "dbt build --selector nightly"],
    [{ which: "build", target: "prod", threads: 8, vars: { secret: "x" } }, "dbt build --target prod"],
    [{ which: "build", resource_types: ["model", "test"] }, "dbt build --resource-type model test"],
    [{ which: "build", full_refresh: true }, "dbt build"],
    [{ which: "generate" }, "dbt docs generate"],
    [
      { which: "run-operation", macro: "grant_select", args: "{password: x}" },
      "dbt run-operation grant_select",
    ],
  ])("of %j is %j", (args, line) => {
    expect(lineOf(args)).toBe(line);
  });

  it.each([
    ["dbt build --select b a --exclude c --full-refresh", "dbt build --select a b --exclude c"],
    [
      "dbt build -s tag:x -t prod --threads 4 --vars '{day: 2024-01-01, n: 3}'",
      "dbt build --select tag:x --target prod",
    ],
    ["dbt build --select=tag:x --no-partial-parse", "dbt build --select tag:x"],
    ["/usr/local/bin/dbt --log-level debug run -m orders", "dbt run --select orders"],
    ["dbt --fail-fast test", "dbt test"],
    ["dbt docs generate --no-compile", "dbt docs generate"],
  ])("is read from what was typed where the arguments do not say it: %j", (invocation_command, line) => {
    expect(lineOf({ invocation_command })).toBe(line);
  });

  it("knows a full refresh from the arguments or from what was typed", () => {
    expect(commandOf({ which: "run", full_refresh: true }, []).fullRefresh).toBe(true);
    expect(commandOf({ which: "run", invocation_command: "dbt run -f" }, []).fullRefresh).toBe(true);
    expect(commandOf({ which: "run", invocation_command: "dbt run" }, []).fullRefresh).toBe(false);
  });

  it("finds no command in what is no dbt command line", () => {
    expect(commandOf({ invocation_command: "python run.py" }, []).word).toBe("unknown");
  });
});

describe("the job of an invocation", () => {
  const command = (line: string) => ({ ...commandOf({ which: "build" }, []), line });

  it.each([
    ["dbt build", "build"],
    ["dbt source freshness", "source-freshness"],
    ["dbt docs generate", "docs-generate"],
    ["dbt build --select tag:intraday", "build-tag-intraday"],
    ["dbt build --select stg_orders", "build-stg_orders"],
    ["dbt build --target prod", "build-target-prod"],
  ])("has a readable id: %s is %s", (line, slug) => {
    expect(slugOf(line)).toBe(slug);
  });

  it("has another id for every other line, however alike they look", () => {
    const lines = [
      "dbt build --select a b",
      "dbt build --select a-b",
      "dbt build --select a:b",
      "dbt build --select tag:a",
      "dbt build --select tag a",
      "dbt build --exclude tag:a",
      "dbt build --select +orders",
      "dbt build --select orders",
      "dbt build --select orders+",
      "dbt build --select Orders",
      `dbt build --select ${"x".repeat(100)}`,
      `dbt build --select ${"x".repeat(101)}`,
    ];
    expect(new Set(lines.map(slugOf)).size).toBe(lines.length);
    for (const line of lines) expect(slugOf(line)).toMatch(/^[a-z0-9_-]{1,70}$/);
  });

  it("is named by its command line", () => {
    expect(jobOf(command("dbt build --select tag:x"), {}, [])).toEqual({
      job_id: "build-tag-x",
      name: "dbt build --select tag:x",
      schedule: null,
      commands: ["dbt build --select tag:x"],
      url: null,
    });
  });

  it("is the one of the platform where the artifact names it", () => {
    expect(
      jobOf(command("dbt build"), { DBT_CLOUD_JOB_ID: "501" }, [{ id: "x", match: ["*"] }]),
    ).toMatchObject({
      job_id: "501",
      name: "job 501",
    });
  });

  it("is named by the configuration also where the platform gives its id", () => {
    const jobs = [{ id: "501", name: "Nightly", match: [], schedule: "0 2 * * *" }];
    expect(jobOf(command("dbt build"), { DBT_CLOUD_JOB_ID: "501" }, jobs)).toMatchObject({
      name: "Nightly",
      schedule: "0 2 * * *",
    });
  });

  it("is what the configuration maps the line to, the first that matches", () => {
    const jobs = [
      { id: "intraday", match: ["build --select tag:intraday*"] },
      {
        id: "nightly",
        name: "Nightly",
        match: ["dbt source freshness", "dbt build*"],
        schedule: "0 2 * * *",
      },
    ];
    expect(jobOf(command("dbt build --select tag:intraday --target prod"), {}, jobs).job_id).toBe("intraday");
    expect(jobOf(command("dbt build"), {}, jobs)).toMatchObject({
      job_id: "nightly",
      name: "Nightly",
      schedule: "0 2 * * *",
    });
    expect(jobOf(command("dbt run"), {}, jobs).job_id).toBe("run");
  });

  it.each([
    ["dbt build --select tag:a", "dbt build --select tag:a", true],
    ["dbt build --select tag:a", "build  --select tag:a", true],
    ["dbt build --select tag:a", "dbt build", false],
    ["dbt build --select tag:a", "dbt build*", true],
    ["dbt build --select tag:a", "*", true],
    ["dbt run", "dbt build*", false],
  ])("matches %j with %j: %s", (line, pattern, expected) => {
    expect(matches(line, pattern)).toBe(expected);
  });
});
