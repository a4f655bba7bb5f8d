/** What a workspace tells, and what each of its oddities becomes. */
import { describe, expect, it } from "vitest";
import {
  addBuild,
  addCommand,
  addRun,
  leave,
  madeUpWorld,
  manifestText,
  resultsText,
  sourcesText,
  successes,
} from "../../emulators/paradime/made-up.ts";
import { CREDENTIALS } from "../../emulators/paradime/world.ts";
import { HOUR, MINUTE, NOW, openBench } from "./bench.ts";

const ORDERS = "model.harbour.orders";
const STAGING = "model.harbour.stg_orders";
const TEST = "test.harbour.not_null_orders_id.a1b2";

describe("schedules", () => {
  it("are jobs of the dbt project that their manifests name", async () => {
    const world = madeUpWorld({ now: NOW, schedules: 3, projects: ["harbour", "ferries"] });
    const { ask } = await openBench({ world });
    const { items } = await ask("list_projects");
    expect(items.map((project) => [project.project_id, project.job_count])).toEqual([
      ["ferries", 1],
      ["harbour", 2],
    ]);
    const jobs = await ask("list_jobs", { project_ids: ["ferries"] });
    expect(jobs.items).toMatchObject([{ job_id: "s1", name: "Schedule 1", schedule: "0 * * * *" }]);
    expect(jobs.source).toMatchObject({ complete: true, notes: [] });
  });

  it("belong to the only project where they have left no manifest, and to none where there are several", async () => {
    const one = madeUpWorld({ now: NOW, schedules: 1 });
    one.schedules.push({
      ...one.schedules[0],
      id: 9,
      slug: "python",
      name: "Python",
    } as (typeof one.schedules)[0]);
    addRun(one, "python", NOW - HOUR);
    const alone = await openBench({ world: one });
    expect((await alone.ask("list_jobs")).items.map((job) => job.project_id)).toEqual(["harbour", "harbour"]);

    const two = madeUpWorld({ now: NOW, schedules: 2, projects: ["harbour", "ferries"] });
    two.schedules.push({
      ...two.schedules[0],
      id: 9,
      slug: "python",
      name: "Python",
    } as (typeof two.schedules)[0]);
    const several = await openBench({ world: two });
    const { items } = await several.ask("list_jobs");
    expect(Object.fromEntries(items.map((job) => [job.job_id, job.project_id]))).toEqual({
      s0: "harbour",
      s1: "ferries",
      python: "unknown",
    });
  });

  it("name their project by the nodes where the manifest does not, as before dbt 1.6", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    const run = addRun(world, "s0", NOW - HOUR);
    leave(
      addCommand(run, "dbt build"),
      "target/manifest.json",
      manifestText("harbour", "inv", NOW - HOUR, false),
    );
    const { ask } = await openBench({ world });
    expect((await ask("list_projects")).items).toMatchObject([{ project_id: "harbour" }]);
  });

  it("move with all their runs when their project is found out", async () => {
    const world = madeUpWorld({ now: NOW });
    const { ask, emulator, clock } = await openBench({ world });
    emulator.setFaults([{ kind: "500", host: "storage" }]);
    const during = await ask("list_runs");
    expect(during.items.map((run) => run.project_id)).toEqual(["unknown", "unknown", "unknown"]);
    expect(during.source.notes.join()).toContain("which project s0 build could not be found out now");
    emulator.setFaults([]);
    clock.pass(6 * MINUTE);
    const after = await ask("list_runs");
    expect(after.items.map((run) => run.project_id)).toEqual(["harbour", "harbour", "harbour"]);
    expect(after.source).toMatchObject({ complete: true, notes: [] });
    expect((await ask("list_projects")).items.map((project) => project.project_id)).toEqual(["harbour"]);
  });

  it("keep to a filter of projects", async () => {
    const world = madeUpWorld({ now: NOW, schedules: 2, projects: ["harbour", "ferries"] });
    const projectFilter = { project_ids: ["ferries"], include_or_exclude: "exclude" } as const;
    const { ask } = await openBench({ world, source: { projectFilter } });
    expect((await ask("list_jobs")).items.map((job) => job.job_id)).toEqual(["s0"]);
    expect((await ask("list_runs", { limit: 50 })).items.map((run) => run.job_id)).toEqual([
      "s0",
      "s0",
      "s0",
    ]);
  });

  it("have the environment of their target, and Turbo CI one of its own", async () => {
    const world = madeUpWorld({ now: NOW, schedules: 3, runs: 1 });
    const [, staging, ci] = world.schedules;
    if (staging !== undefined) staging.commands = ["dbt build -t staging"];
    if (ci !== undefined) ci.isTurboCi = true;
    const { ask } = await openBench({ world });
    const jobs = async (environment?: string) =>
      (await ask("list_jobs", environment === undefined ? {} : { environment })).items.map(
        (job) => job.job_id,
      );
    expect(await jobs()).toEqual(["s0"]);
    expect(await jobs("staging")).toEqual(["s1"]);
    expect(await jobs("turbo-ci")).toEqual(["s2"]);
  });

  it("are gone when they are gone, and their runs stay", async () => {
    const world = madeUpWorld({ now: NOW, schedules: 2 });
    const { ask, clock } = await openBench({ world });
    await ask("slowest_models");
    world.schedules.pop();
    world.runs = world.runs.filter((run) => run.slug === "s0");
    clock.pass(6 * MINUTE);
    expect((await ask("list_jobs")).items.map((job) => job.job_id)).toEqual(["s0"]);
    expect((await ask("list_runs", { limit: 50 })).items.length).toBeGreaterThanOrEqual(3);
  });
});

describe("credentials", () => {
  const { workspaceToken, companyToken, workspace } = CREDENTIALS;

  it("are a token of the workspace, or one of the company with the workspace", async () => {
    const token = await openBench({ source: { apiSecret: workspaceToken } });
    expect((await token.ask("list_jobs")).items).toHaveLength(1);
    const company = await openBench({ source: { apiSecret: companyToken, workspace } });
    expect((await company.ask("list_jobs")).items).toHaveLength(1);
    const wrong = await openBench({ source: { apiSecret: companyToken, workspace: "another" } });
    expect(await wrong.failure("list_jobs")).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("runs", () => {
  it("tell how they ended, when, of which commit, and where their page is", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    addBuild(world, "s0", NOW - 9 * HOUR, { actor: "Ada" });
    const failed = addBuild(world, "s0", NOW - 8 * HOUR, { returnCode: 1 });
    addBuild(world, "s0", NOW - 7 * HOUR, { parentRunId: failed.id, actor: "Ada" });
    addRun(world, "s0", NOW - 6 * HOUR, { state: "CANCELED" });
    addRun(world, "s0", NOW - 5 * HOUR, { state: "SKIPPED", endedAt: NOW - 5 * HOUR });
    addRun(world, "s0", NOW - 4 * HOUR, { state: "EVAPORATED" });
    addRun(world, "s0", NOW - 2 * MINUTE, { state: "RUNNING", endedAt: null });
    const { ask } = await openBench({ world });
    const { items } = await ask("list_runs", { limit: 50 });
    const ended = items.map((run) => [run.status, run.raw_status ?? null, run.trigger]);
    expect(ended.reverse()).toEqual([
      ["success", null, "manual"],
      ["failure", null, "schedule"],
      ["success", null, "retry"],
      ["cancelled", null, "schedule"],
      ["cancelled", "SKIPPED", "schedule"],
      ["unknown", "EVAPORATED", "schedule"],
      ["running", null, "schedule"],
    ]);
    const run = await ask("get_run", { run_id: String(failed.id) });
    expect(run).toMatchObject({
      job_id: "s0",
      started_at: new Date(NOW - 8 * HOUR).toISOString(),
      runtime_s: 30,
      commit_sha: "4c1d2e",
      branch: "main",
      error_message: "`dbt build --target prod` ended with exit code 1",
    });
  });

  it("that built a part alone do not hide what the runs before them built", async () => {
    const world = madeUpWorld({ now: NOW, runs: 3 });
    const outcomes = { "model.harbour.stg_orders": "success" } as const;
    addBuild(world, "s0", NOW - 8 * MINUTE, { outcomes });
    addBuild(world, "s0", NOW - 4 * MINUTE, { outcomes });
    const { ask } = await openBench({ world });
    const { items, source } = await ask("get_model_health");
    expect(items.map(({ model_id, last_run_status }) => [model_id, last_run_status]).sort()).toEqual([
      ["harbour.orders", "success"],
      ["harbour.stg_orders", "success"],
    ]);
    expect(source.complete).toBe(true);
  });

  it("are seen when they begin and when they end, also long after the last look", async () => {
    const world = madeUpWorld({ now: NOW });
    const running = addRun(world, "s0", NOW - MINUTE, { state: "RUNNING", endedAt: null });
    const { ask, clock } = await openBench({ world });
    const newest = async () => (await ask("list_runs", { limit: 1 })).items[0];
    expect(await newest()).toMatchObject({ run_id: String(running.id), status: "running" });
    for (let index = 0; index < 110; index++) addRun(world, "s0", NOW + index * 10 * MINUTE);
    running.state = "SUCCESS";
    running.endedAt = NOW + MINUTE;
    clock.pass(26 * HOUR);
    expect(await newest()).toMatchObject({ status: "success" });
    expect(await ask("get_run", { run_id: String(running.id) })).toMatchObject({
      status: "success",
      runtime_s: 120,
    });
    expect((await ask("list_runs", { limit: 500 })).items).toHaveLength(114);
  });

  it("that the end of another schedule's run set off are no retries", async () => {
    const world = madeUpWorld({ now: NOW, schedules: 2, runs: 1 });
    const [first] = world.runs;
    addBuild(world, "s1", NOW - MINUTE, { parentRunId: first?.id ?? null });
    const { ask } = await openBench({ world });
    expect((await ask("list_runs", { limit: 1 })).items).toMatchObject([{ trigger: "job_completion" }]);
  });
});

describe("results", () => {
  it("of a command that failed count, model by model", async () => {
    const world = madeUpWorld({ now: NOW, runs: 1 });
    const outcomes = { [STAGING]: "success", [TEST]: "fail", [ORDERS]: "error" };
    addBuild(world, "s0", NOW - 2 * MINUTE, { outcomes, returnCode: 1 });
    const { ask } = await openBench({ world });
    const { items } = await ask("list_models");
    expect(Object.fromEntries(items.map((model) => [model.name, model.last_run_status]))).toEqual({
      stg_orders: "success",
      orders: "error",
    });
    const model = await ask("get_model", { model_id: "harbour.orders" });
    expect(model.health_status).toBe("critical");
  });

  it("of all commands of a run count, each once, whichever files lie around later", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    const at = NOW - HOUR;
    const run = addRun(world, "s0", at, { state: "FAILED", endedAt: at + 4 * MINUTE });
    const manifest = manifestText("harbour", "inv-run", at);
    const built = resultsText("run", "inv-run", { [STAGING]: "success", [ORDERS]: "success" }, at + MINUTE);
    const tested = resultsText("test", "inv-test", { [TEST]: "fail" }, at + 2 * MINUTE);
    const docs = resultsText("generate", "inv-docs", successes("harbour"), at + 4 * MINUTE);
    const checked = sourcesText("harbour", "inv-fresh", "warn", at + 3 * MINUTE);
    const first = addCommand(run, "dbt run");
    leave(first, "target/manifest.json", manifest);
    leave(first, "target/run_results.json", built);
    const second = addCommand(run, "dbt test", { returnCode: 1 });
    leave(second, "target/run_results.json", tested);
    // The target folder still has the results of the test.
    const third = addCommand(run, "dbt source freshness");
    leave(third, "target/run_results.json", tested);
    leave(third, "target/sources.json", checked);
    const fourth = addCommand(run, "dbt docs generate");
    leave(fourth, "target/run_results.json", docs);
    leave(fourth, "target/sources.json", checked);
    const { ask } = await openBench({ world });
    const found = await ask("get_run", { run_id: String(run.id) });
    expect(found).toMatchObject({ model_count: 2, failure_count: 1, warning_count: 1 });
    const dashboard = await ask("health_dashboard");
    expect(dashboard.tests).toMatchObject({ fail: 1 });
    expect(dashboard.freshness).toMatchObject({ warn: 1 });
    const { items: events } = await ask("get_run_events", { run_id: String(run.id), limit: 500 });
    const ends = events.filter(
      (event) => event.derived === true && /^RUN_(SUCCESS|FAILURE)$/.test(String(event.event_type)),
    );
    expect(ends).toHaveLength(4);
  });

  it("are taken from any target folder, but not from packages", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    const at = NOW - HOUR;
    const run = addRun(world, "s0", at);
    const command = addCommand(run, "dbt build");
    const foreign = resultsText("build", "inv-package", { "model.other.thing": "success" }, at);
    leave(command, "dbt_packages/other/target/run_results.json", foreign);
    leave(command, "analytics/target/manifest.json", manifestText("harbour", "inv", at));
    leave(
      command,
      "analytics/target/run_results.json",
      resultsText("build", "inv", successes("harbour"), at),
    );
    const { ask } = await openBench({ world });
    expect((await ask("get_run", { run_id: String(run.id) })).model_count).toBe(2);
    expect((await ask("list_models")).items).toHaveLength(2);
  });

  it("with words that are new stay, as unknown", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    addBuild(world, "s0", NOW - HOUR, { outcomes: { [STAGING]: "levitated", [ORDERS]: "reused" } });
    const { ask } = await openBench({ world });
    const { items } = await ask("list_models");
    expect(Object.fromEntries(items.map((model) => [model.name, model.last_run_status]))).toEqual({
      stg_orders: "unknown",
      orders: "reused",
    });
  });

  it("average the last successes, however many runs failed between them", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    for (let back = 30; back > 0; back--) {
      const isGood = back % 5 === 0;
      const outcomes = isGood ? successes("harbour") : { [STAGING]: "success", [ORDERS]: "error" };
      addBuild(world, "s0", NOW - back * HOUR, { outcomes, returnCode: isGood ? 0 : 1 });
    }
    const { ask, requests } = await openBench({ world });
    const { items } = await ask("slowest_models", { last_n_runs: 3 });
    expect(items.map((model) => [model.name, model.runs_counted])).toEqual(
      expect.arrayContaining([
        ["orders", 3],
        ["stg_orders", 3],
      ]),
    );
    // The third success of `orders` lies fifteen runs back.
    const read = requests().filter((name) => name === "run_results.json").length;
    expect(read).toBeGreaterThanOrEqual(15);
    expect(read).toBeLessThan(23);
  });

  it("are without gaps where an old run has been read alone", async () => {
    const world = madeUpWorld({ now: NOW, runs: 0 });
    for (let back = 12; back > 0; back--) addBuild(world, "s0", NOW - back * HOUR);
    const [oldest] = world.runs;
    const { ask } = await openBench({ world });
    await ask("get_run", { run_id: String(oldest?.id) });
    const { historical_runs } = await ask("get_model", { model_id: "harbour.orders", last_n_runs: 4 });
    const ids = Array.isArray(historical_runs) ? historical_runs.map((one) => one.run_id) : [];
    expect(ids).toEqual(
      world.runs
        .slice(-4)
        .reverse()
        .map((run) => String(run.id)),
    );
  });
});

describe("events", () => {
  it("are the lines of all commands beside what the results tell", async () => {
    const world = madeUpWorld({ now: NOW, runs: 1 });
    const [run] = world.runs;
    const [deps, build] = run?.commands ?? [];
    if (deps !== undefined) deps.stderr = "Installing dbt-labs/dbt_utils";
    if (build !== undefined) build.stdout = () => "07:20:11  1 of 2 START sql table model orders [RUN]";
    const { ask } = await openBench({ world });
    const { items } = await ask("get_run_events", { run_id: String(run?.id), limit: 100 });
    const told = items.map((event) => [event.derived, event.level, event.timestamp, event.message]);
    expect(told).toContainEqual([false, "INFO", "2026-11-18T07:20:00.000Z", "Installing dbt-labs/dbt_utils"]);
    expect(told).toContainEqual([
      false,
      "INFO",
      "2026-11-18T07:20:11.000Z",
      "1 of 2 START sql table model orders [RUN]",
    ]);
    expect(items.some((event) => event.derived === true && event.step_key === ORDERS)).toBe(true);
  });
});

describe("code", () => {
  it("is that of the manifest, compiled by the results of the same command", async () => {
    const { ask, requests } = await openBench();
    await ask("get_model", { model_id: "harbour.orders" });
    requests();
    const found = await ask("get_model", { model_id: "harbour.orders", include: ["sql"] });
    expect(found).toMatchObject({ raw_sql: `select 1 -- ${ORDERS}`, compiled_sql: "select 1 as compiled" });
    expect(requests().filter((name) => name.endsWith(".json"))).toEqual([
      "manifest.json",
      "run_results.json",
    ]);
  });
});

describe("definitions", () => {
  it("are those of the newest manifest on the schedule's branch", async () => {
    const world = madeUpWorld({ now: NOW, runs: 1 });
    addBuild(world, "s0", NOW - 2 * MINUTE, { branch: "feature/rename", project: "renamed" });
    const { ask } = await openBench({ world });
    expect((await ask("list_models")).items.map((model) => model.model_id).sort()).toEqual([
      "harbour.orders",
      "harbour.stg_orders",
    ]);
  });

  it("come from an older run where the newest has left none", async () => {
    const world = madeUpWorld({ now: NOW, runs: 2 });
    const broken = addRun(world, "s0", NOW - 2 * MINUTE, { state: "ERROR" });
    addCommand(broken, "git clone https://git.example/harbour.git .", { returnCode: 128 });
    const { ask } = await openBench({ world });
    expect((await ask("list_models")).items).toHaveLength(2);
    expect(await ask("get_run", { run_id: String(broken.id) })).toMatchObject({
      status: "failure",
      error_message: "`git clone https://git.example/harbour.git .` ended with exit code 128",
    });
  });
});
