/** Tokens that are good for one API, for none, or for another account. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADMIN_TOKEN, DISCOVERY_TOKEN, FULL_TOKEN } from "../../emulators/dbt-cloud/tokens.ts";
import { oneProject, openBench } from "./bench.ts";

describe("a token for the Admin API alone", () => {
  it("lists projects, jobs and runs", async () => {
    const bench = await openBench({ world: oneProject(), token: ADMIN_TOKEN });
    const jobs = await bench.ask("list_jobs");
    expect(jobs.items).toHaveLength(2);
    expect(jobs.source).toMatchObject({ complete: true, notes: [] });
    const projects = await bench.ask("list_projects");
    expect(projects.items).toHaveLength(1);
    expect(projects.source.notes.join(" ")).toMatch(/Discovery API/);
  });

  it("has the results of runs from their artifacts, and a note that says so", async () => {
    const bench = await openBench({ world: oneProject(), token: ADMIN_TOKEN });
    const full = await openBench({ world: bench.world });
    const runs = await bench.ask("list_runs", { limit: 5 });
    expect(runs.items).toEqual((await full.ask("list_runs", { limit: 5 })).items);
    expect(runs.source.notes.join(" ")).toMatch(/Discovery API/);
    const run = await bench.ask("get_run", { run_id: "latest" });
    expect(run.model_count).toBeGreaterThan(0);
    expect(run.source.notes.join(" ")).toMatch(/Discovery API/);
  });

  it("knows the models by their runs, and says what only Discovery could tell", async () => {
    const bench = await openBench({ world: oneProject(), token: ADMIN_TOKEN });
    const { items, source } = await bench.ask("slowest_models", { last_n_runs: 3, slowest_n: 20 });
    const full = await openBench({ world: bench.world });
    const whole = await full.ask("slowest_models", { last_n_runs: 3, slowest_n: 20 });
    const times = (answer: typeof whole.items) => answer.map((one) => [one.unique_id, one.average_runtime_s]);
    expect(times(items)).toEqual(times(whole.items));
    expect(source.complete).toBe(false);
    expect(source.notes.join(" ")).toMatch(/Discovery API/);
  });

  it("is told by the probe which permission is missing", async () => {
    const bench = await openBench({ world: oneProject(), token: ADMIN_TOKEN });
    const probe = await bench.source.probe(new AbortController().signal);
    expect(probe.ok).toBe(false);
    expect(probe.summary).toMatch(/Admin API: 1 project; Discovery API at .*: FORBIDDEN/);
    expect(probe.hint).toMatch(/Metadata Only/);
  });
});

describe("a token for Discovery alone", () => {
  it.each([
    "list_projects",
    "list_jobs",
    "list_runs",
    "list_models",
    "slowest_models",
    "health_dashboard",
  ])("%s is refused with the permission that is missing", async (name) => {
    const bench = await openBench({ world: oneProject(), token: DISCOVERY_TOKEN });
    const error = await bench.failure(name);
    expect(["FORBIDDEN", "UNAUTHENTICATED"]).toContain(error.code);
    expect(`${error.message} ${error.hint}`).toMatch(/Admin API.*(Job Viewer|DBT_SERVICE_TOKEN)/);
  });
});

describe("a token that is none", () => {
  it("is refused without being repeated", async () => {
    const bench = await openBench({ world: oneProject(), token: "dbtc_not-one-of-yours" });
    const error = await bench.failure("list_models");
    expect(error.code).toBe("UNAUTHENTICATED");
    expect(error.hint).toMatch(/DBT_SERVICE_TOKEN/);
  });

  it("is cut out of an answer that repeats it", async () => {
    const said = `No: ${FULL_TOKEN}`;
    const rewrite = () => ({ status: { code: 403, user_message: said, developer_message: "" }, data: null });
    const bench = await openBench({ world: oneProject(), rewrite });
    const error = await bench.failure("list_jobs");
    expect(error).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("No: ***") });
  });
});

describe("another account", () => {
  it("is FORBIDDEN, and the hint names the account", async () => {
    const bench = await openBench({ world: oneProject(), accountId: "77" });
    const error = await bench.failure("list_jobs");
    expect(error.code).toBe("FORBIDDEN");
    expect(error.hint).toMatch(/DBT_ACCOUNT_ID/);
  });
});

describe("either word before the token", () => {
  it.each([`Bearer ${FULL_TOKEN}`, `Token ${FULL_TOKEN}`, ` ${FULL_TOKEN}\n`])("%j", async (token) => {
    const bench = await openBench({ world: oneProject(), token });
    expect((await bench.ask("list_jobs")).items).toHaveLength(2);
  });
});

describe("the store", () => {
  it("never holds the token", async () => {
    const folder = await mkdtemp(join(tmpdir(), "runlens-tokens-"));
    try {
      const bench = await openBench({ world: oneProject(), store: folder });
      await bench.ask("slowest_models", { last_n_runs: 3 });
      bench.emulator.setFaults([{ kind: "401" }]);
      await bench.ask("list_models", { refresh: true });
      await bench.close();
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
        file.isFile(),
      );
      expect(files.length).toBeGreaterThan(0);
      const withToken = files
        .map((file) => join(file.parentPath, file.name))
        .filter((file) => readFileSync(file).includes(FULL_TOKEN));
      expect(withToken).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
