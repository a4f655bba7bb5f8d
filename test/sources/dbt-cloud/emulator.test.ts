import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { AdminApi } from "../../../src/sources/dbt-cloud/admin.ts";
import { DiscoveryApi } from "../../../src/sources/dbt-cloud/discovery.ts";
import { type Api, vendorOf } from "../../../src/sources/dbt-cloud/failures.ts";
import { Transport } from "../../../src/sources/wire/transport.ts";
import { artifactsWorld } from "../../emulators/dbt-cloud/artifacts.ts";
import type { FaultKind } from "../../emulators/dbt-cloud/faults.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulators/dbt-cloud/server.ts";
import { syntheticWorld } from "../../emulators/dbt-cloud/synthetic.ts";
import { ADMIN_TOKEN, DISCOVERY_TOKEN, FULL_TOKEN } from "../../emulators/dbt-cloud/tokens.ts";
import { failureOf, QuickClock, WAITING } from "./served.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const WORLD = artifactsWorld(join(import.meta.dirname, "../../../demo/artifacts"));
/** The large one of the demo. */
const ENVIRONMENT = "270301";

const started: Emulator[] = [];
const folder = mkdtempSync(join(tmpdir(), "runlens-wire-"));

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.close()));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function start(options: Partial<EmulatorOptions> = {}, token = FULL_TOKEN) {
  const emulator = await startEmulator({ world: WORLD, now: () => NOW, ...options });
  started.push(emulator);
  const clock = new QuickClock();
  const wire = (api: Api) => new Transport({ vendor: vendorOf(api, token), clock, fetch });
  return {
    emulator,
    clock,
    admin: new AdminApi(wire("admin"), emulator.adminUrl, String((options.world ?? WORLD).account.id)),
    discovery: new DiscoveryApi(wire("discovery"), emulator.discoveryUrl),
  };
}

describe("the Admin API", () => {
  it("lists projects, environments and jobs", async () => {
    const { admin, emulator } = await start();
    const projects = await admin.projects(WAITING);
    expect(projects.rows.map(({ id }) => id).sort()).toEqual(
      WORLD.projects
        .filter(({ state }) => state === 1)
        .map(({ id }) => String(id))
        .sort(),
    );
    const environments = projects.rows.flatMap((project) => project.environments ?? []);
    expect(environments.length).toBeGreaterThan(0);
    const listed = await admin.environments(WAITING);
    expect(listed.rows.map(({ id }) => id).sort()).toEqual(environments.map(({ id }) => id).sort());
    const jobs = await admin.jobs(WAITING);
    const [job] = jobs.rows.filter((row) => row.most_recent_run !== null);
    expect(job).toMatchObject({
      project_id: expect.stringMatching(/^\d+$/),
      execute_steps: [expect.stringContaining("dbt ")],
    });
    expect([projects.dropped, listed.dropped, jobs.dropped]).toEqual([0, 0, 0]);
    expect(emulator.count()).toBe(3);
  });

  it("lists runs, and tells one with its steps", async () => {
    const { admin } = await start();
    const page = await admin.runs({ offset: 0, limit: 100, order_by: "-created_at" }, WAITING);
    expect(page).toMatchObject({ total: WORLD.runs.length, dropped: 0 });
    expect(page.rows).toHaveLength(Math.min(100, WORLD.runs.length));
    const times = page.rows.map((run) => run.created_at ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    const known = WORLD.runs.find(({ steps }) => steps.length > 3);
    const run = await admin.run(String(known?.id), { steps: true, debugLogs: true }, WAITING);
    expect(run).toMatchObject({ id: String(known?.id), status: known?.status });
    expect(run.run_steps).toHaveLength(known?.steps.length ?? 0);
    expect(run.run_steps.some((step) => (step.debug_logs ?? "") !== "")).toBe(true);
    expect((await admin.run(String(known?.id), {}, WAITING)).run_steps).toEqual([]);
    expect((await failureOf(admin.run("1", {}, WAITING))).code).toBe("NOT_FOUND");
  });

  it("narrows runs to those of a job, an environment, a status or a list of ids", async () => {
    const { admin } = await start();
    const [some] = WORLD.runs;
    const page = { offset: 0, limit: 100, order_by: "-id" } as const;
    const counts = async (query: object) => (await admin.runs({ ...page, ...query }, WAITING)).total;
    const count = (keeps: (run: (typeof WORLD.runs)[number]) => boolean) => WORLD.runs.filter(keeps).length;
    expect(await counts({ job_definition_id: String(some?.jobId) })).toBe(
      count((run) => run.jobId === some?.jobId),
    );
    expect(await counts({ environment_id: String(some?.environmentId) })).toBe(
      count((run) => run.environmentId === some?.environmentId),
    );
    expect(await counts({ status__in: [20, 30] })).toBe(
      count(({ status }) => status === 20 || status === 30),
    );
    expect(await counts({ pk__in: WORLD.runs.slice(0, 3).map(({ id }) => String(id)) })).toBe(3);
    const [first, second] = WORLD.runs.map((run) => run.createdAt).sort((a, b) => a - b);
    const range = [first, second].map((at) => new Date(at ?? 0).toISOString());
    expect(await counts({ created_at__range: range })).toBeLessThan(WORLD.runs.length);
  });

  it("gives the artifacts of a step, as text and as a file", async () => {
    const { admin } = await start();
    const run = WORLD.runs.find(({ steps }) => steps.some(({ paths }) => paths.includes("run_results.json")));
    const step = run?.steps.find(({ paths }) => paths.includes("run_results.json"));
    const id = String(run?.id);
    expect(await admin.artifactPaths(id, WAITING)).toContain("run_results.json");
    const text = await admin.artifact(id, "run_results.json", step?.index ?? 0, WAITING);
    expect(text).toBe(step?.artifact("run_results.json"));
    const file = join(folder, "run_results.json");
    expect(await admin.artifactToFile(id, "run_results.json", step?.index ?? 0, file, WAITING)).toBe(true);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(await admin.artifact(id, "no_such.json", null, WAITING)).toBeNull();
    expect(await admin.artifactToFile(id, "no_such.json", null, file, WAITING)).toBe(false);
  });
});

describe.each(["2025-03", "2026-06"] as const)("the Discovery API of %s", (schema) => {
  it("tells definitions and the latest state, which agree", async () => {
    const { discovery, emulator } = await start({ schema });
    const found = await discovery.definitions(ENVIRONMENT, WAITING);
    expect(found).toMatchObject({ dbtProjectName: "pedal_harbour", requests: emulator.count("discovery") });
    const { models, tests, sources, lineage } = found.definition;
    for (const list of [models, tests, sources, lineage]) expect(list.length).toBeGreaterThan(0);
    expect(new Set(models.map(({ uniqueId }) => uniqueId)).size).toBe(models.length);
    expect(await discovery.latest(ENVIRONMENT, WAITING)).toEqual(found.applied);
  });

  it("tells the history of nodes, and the code of one", async () => {
    const { discovery } = await start({ schema });
    const { definition } = await discovery.definitions(ENVIRONMENT, WAITING);
    const wanted = definition.models.map(({ uniqueId }) => ({
      environmentId: ENVIRONMENT,
      uniqueId: String(uniqueId),
      count: 3,
    }));
    let rows = 0;
    await discovery.history(wanted, WAITING, async (found) => {
      for (const [{ uniqueId }, list] of found) {
        rows += list.length;
        expect(list.length).toBeLessThanOrEqual(3);
        expect(list.every((row) => row.uniqueId === uniqueId)).toBe(true);
      }
    });
    expect(rows).toBeGreaterThan(wanted.length);
    const code = await discovery.code(ENVIRONMENT, wanted[0]?.uniqueId ?? "", WAITING);
    expect(code).toMatchObject({ raw_sql: expect.any(String), language: "sql" });
    expect((await discovery.code(ENVIRONMENT, "model.no.such", WAITING)).raw_sql).toBeNull();
    await discovery.probe(null, WAITING);
    await discovery.probe(ENVIRONMENT, WAITING);
  });

  it("tells what a run left", async () => {
    const { discovery } = await start({ schema });
    const run = WORLD.runs.findLast(
      (one) => String(one.environmentId) === ENVIRONMENT && one.status === 10 && one.jobId !== null,
    );
    const found = await discovery.jobRun(String(run?.jobId), String(run?.id), WAITING);
    expect(found?.models.some(({ status }) => status === "success")).toBe(true);
    expect(await discovery.jobRun("1", "1", WAITING)).toBeNull();
  });
});

it("a run of exactly a hundred models is whole in both schemas", async () => {
  const world = syntheticWorld({ projects: 1, jobs: 1, models: 100, days: 2, now: NOW });
  const run = world.runs.find(({ status }) => status === 10);
  for (const schema of ["2025-03", "2026-06"] as const) {
    const { discovery } = await start({ world, schema });
    const found = await discovery.jobRun(String(run?.jobId), String(run?.id), WAITING);
    expect(new Set(found?.models.map(({ uniqueId }) => uniqueId)).size).toBe(100);
  }
});

it("pages join to the whole of a large environment", async () => {
  const world = syntheticWorld({ projects: 1, jobs: 1, models: 1_100, days: 1, now: NOW });
  const environment = world.environments.find(({ deploymentType }) => deploymentType === "production");
  const { discovery, emulator } = await start({ world });
  const { definition, applied, requests } = await discovery.definitions(String(environment?.id), WAITING);
  expect(new Set(definition.models.map(({ uniqueId }) => uniqueId)).size).toBe(1_100);
  expect(applied?.models).toHaveLength(1_100);
  expect(requests).toBe(Math.ceil(Math.max(definition.models.length, definition.tests.length) / 500));
  expect(emulator.count("discovery")).toBe(requests);
});

it("each token opens what it may", async () => {
  const onlyAdmin = await start({}, ADMIN_TOKEN);
  expect((await onlyAdmin.admin.jobs(WAITING)).rows.length).toBeGreaterThan(0);
  expect((await failureOf(onlyAdmin.discovery.probe(null, WAITING))).code).toBe("FORBIDDEN");
  const onlyDiscovery = await start({}, DISCOVERY_TOKEN);
  expect((await failureOf(onlyDiscovery.admin.jobs(WAITING))).code).toBe("FORBIDDEN");
  await onlyDiscovery.discovery.probe(ENVIRONMENT, WAITING);
  const none = await start({}, "wrong-token");
  expect((await failureOf(none.admin.jobs(WAITING))).code).toBe("UNAUTHENTICATED");
  expect((await failureOf(none.discovery.probe(null, WAITING))).code).toBe("UNAUTHENTICATED");
});

describe("a fault of the platform", () => {
  const always: [FaultKind, string, number][] = [
    ["401", "UNAUTHENTICATED", 1],
    ["403", "FORBIDDEN", 1],
    ["404", "NOT_FOUND", 1],
    ["429", "RATE_LIMITED", 1],
    ["500", "UPSTREAM", 3],
    ["502", "UPSTREAM", 3],
    ["503", "UPSTREAM", 3],
    ["html", "UPSTREAM", 1],
    ["errors-in-200", "FORBIDDEN", 1],
    ["cut", "UPSTREAM", 3],
    ["reset", "UPSTREAM", 3],
  ];

  it.each(always)("%s is %s after %i requests, on both APIs", async (kind, code, requests) => {
    const { admin, discovery, emulator } = await start();
    emulator.setFaults([{ kind }]);
    expect((await failureOf(admin.jobs(WAITING))).code).toBe(code);
    expect((await failureOf(discovery.latest(ENVIRONMENT, WAITING))).code).toBe(code);
    expect([admin.requests, discovery.requests]).toEqual([requests, requests]);
    expect(emulator.count()).toBe(2 * requests);
  });

  it.each<FaultKind>(["500", "502", "503", "cut", "reset"])("%s passes when it is over", async (kind) => {
    const { admin, discovery, emulator } = await start();
    emulator.setFaults([{ kind, times: 2 }]);
    expect((await admin.jobs(WAITING)).rows.length).toBeGreaterThan(0);
    emulator.setFaults([{ kind, times: 2 }]);
    expect(await discovery.latest(ENVIRONMENT, WAITING)).not.toBeNull();
    expect([admin.requests, discovery.requests]).toEqual([3, 3]);
  });

  it("complexity leaves a run to other ways, and half an answer is none", async () => {
    const { discovery, emulator } = await start();
    emulator.setFaults([{ kind: "complexity" }]);
    expect(await discovery.jobRun("1", "1", WAITING)).toBeNull();
    emulator.setFaults([{ kind: "partial" }]);
    expect((await failureOf(discovery.definitions(ENVIRONMENT, WAITING))).code).toBe("UPSTREAM");
  });

  it("the rate of the emulator is never reached, since requests wait", async () => {
    const time = { now: NOW };
    const { discovery, emulator, clock } = await start({ now: () => time.now });
    clock.time = NOW;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms, signal) => {
      await sleep(ms, signal);
      time.now = clock.time;
    };
    for (let request = 0; request < 600; request++) await discovery.probe(null, WAITING);
    expect(emulator.requests.every(({ status }) => status === 200)).toBe(true);
    expect(clock.sleeps).toEqual([60_000]);
  });
});
