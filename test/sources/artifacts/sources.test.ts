import { describe, expect, it } from "vitest";
import { newFolder, put, runResults, sources, sync } from "./support.ts";

async function read(results: object[], parts: object = {}) {
  const folder = newFolder();
  put(folder, "sources.json", sources({ results, ...parts }));
  const { load } = await sync({ paths: [folder] });
  const [unit] = load.invocations();
  if (unit === undefined) throw new Error("nothing was read");
  return unit;
}

const row = (fields: object = {}): object => ({
  unique_id: "source.shop.raw.orders",
  max_loaded_at: "2026-11-19T02:00:00+00:00",
  snapshotted_at: "2026-11-20T02:00:00+00:00",
  max_loaded_at_time_ago_in_s: 86_400,
  status: "pass",
  criteria: {
    warn_after: { count: 2, period: "day" },
    error_after: { count: 90, period: "minute" },
    filter: null,
  },
  ...fields,
});

describe("what dbt source freshness found", () => {
  it("becomes freshness in seconds and microseconds", async () => {
    const unit = await read([row()]);
    expect(unit.invocation).toMatchObject({
      kind: "freshness",
      command: "source-freshness",
      command_line: "dbt source freshness",
      builds: false,
      tests: false,
      status: "success",
    });
    expect(unit.job.job_id).toBe("source-freshness");
    expect(unit.rows).toEqual([
      {
        node: "source.shop.raw.orders",
        status: "pass",
        raw_status: null,
        message: null,
        max_loaded_at: Date.parse("2026-11-19T02:00:00Z") * 1000,
        snapshotted_at: Date.parse("2026-11-20T02:00:00Z") * 1000,
        age_s: 86_400,
        warn_after_s: 172_800,
        error_after_s: 5_400,
      },
    ]);
  });

  it.each([
    ["pass", "pass", null],
    ["Warn", "warn", null],
    ["Error", "error", null],
    ["fail", "error", "fail"],
    ["runtime error", "runtime_error", null],
    ["odd", "runtime_error", "odd"],
  ])("reads the word %j as %s", async (word, status, raw_status) => {
    expect((await read([row({ status: word })])).rows).toMatchObject([{ status, raw_status }]);
  });

  it("keeps a source that could not be asked, with the reason", async () => {
    const unit = await read([
      { unique_id: "source.shop.raw.a", error: "Catalog Error: no table", status: "runtime error" },
      { unique_id: "source.shop.raw.b", error: "no rights" },
    ]);
    expect(unit.rows).toMatchObject([
      { status: "runtime_error", message: "Catalog Error: no table", age_s: null, warn_after_s: null },
      { status: "runtime_error", message: "no rights" },
    ]);
    expect(unit.invocation.status).toBe("failure");
  });

  it("fails for a source that is too old, and not for one that is only late", async () => {
    expect((await read([row({ status: "error" })])).invocation.status).toBe("failure");
    expect((await read([row({ status: "warn" })])).invocation.status).toBe("success");
  });

  it("says of a table without rows that it has none, where dbt writes the year 1", async () => {
    const never = { max_loaded_at: "0001-01-01T00:00:00+00:00", max_loaded_at_time_ago_in_s: 63_900_000_000 };
    const unit = await read([
      row({ ...never, status: "error" }),
      row({ max_loaded_at: "2030-01-01T00:00:00Z", max_loaded_at_time_ago_in_s: -5 }),
    ]);
    expect(unit.rows).toMatchObject([
      { status: "error", max_loaded_at: null, age_s: null, message: "The source has no rows." },
      { max_loaded_at: Date.parse("2030-01-01T00:00:00Z") * 1000, age_s: -5 },
    ]);
  });

  it("may be empty, in every version", async () => {
    for (const version of ["v1", "v2", "v3"]) {
      const unit = await read([], { version });
      expect(unit.rows).toEqual([]);
      expect(unit.invocation.status).toBe("success");
    }
  });
});

describe("the environment of freshness, which does not name its target", () => {
  const target = (name: string, id: string, at = "2026-11-20T02:00:00Z") =>
    runResults({ id, at, args: { target: name } });

  async function environmentWith(files: Record<string, unknown>, options = {}) {
    const folder = newFolder();
    for (const [name, content] of Object.entries(files)) put(folder, name, content);
    const { load } = await sync({ paths: [folder], ...options });
    return load.invocations().find(({ kind, freshness }) => kind === "invocation" && freshness)?.environment;
  }

  const found = sources({ id: "f", results: [row()] });

  it("is that of the results beside it", async () => {
    const files = {
      "a/sources.json": found,
      "a/run_results.json": target("dev", "1"),
      "b/run_results.json": target("prod", "2"),
    };
    expect(await environmentWith(files)).toMatchObject({ environment_id: "dev", type: "development" });
  });

  it("is the production of its project where several are known", async () => {
    const files = {
      "a/sources.json": found,
      "b/run_results.json": target("dev", "1"),
      "c/run_results.json": target("prod", "2"),
    };
    expect(await environmentWith(files)).toMatchObject({ environment_id: "prod" });
  });

  it("is the only one that is named, before one that nobody named", async () => {
    const files = {
      "a/sources.json": found,
      "b/run_results.json": target("ci", "1"),
      "c/run_results.json": runResults({ id: "2" }),
    };
    expect(await environmentWith(files)).toMatchObject({ environment_id: "ci" });
  });

  it("is what the configuration says, else the default", async () => {
    expect(await environmentWith({ "a/sources.json": found }, { environment: "Main" })).toMatchObject({
      environment_id: "Main",
    });
    expect(await environmentWith({ "a/sources.json": found })).toMatchObject({
      environment_id: "default",
      type: "production",
    });
  });

  it("is known from results that were read in an earlier sync", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", target("prod", "1"));
    const first = await sync({ paths: [folder] });
    put(folder, "b/sources.json", found);
    const second = await sync({ paths: [folder] }, first.entries);
    expect(second.load.invocations()[0]?.environment.environment_id).toBe("prod");
  });
});
