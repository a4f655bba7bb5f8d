import { afterEach, describe, expect, it } from "vitest";
import { answerOf, ask, at, listAt } from "./client.ts";
import { ASSETS, EVENTS, RUNS, STEPS, WORKSPACE } from "./documents.ts";
import { EXTRA_RUNS } from "./extra-runs.ts";
import { addExtras } from "./extras.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "./server.ts";
import { syntheticWorld } from "./synthetic.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const PLUS = { deployment: "prod", token: "right" };
const started: Emulator[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.close()));
});

async function start(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const world = options.world ?? syntheticWorld({ now: NOW, runs: 10 });
  const emulator = await startEmulator({ now: () => NOW, ...options, world });
  started.push(emulator);
  return emulator;
}

async function withExtras(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const world = syntheticWorld({ now: NOW, runs: 3 });
  addExtras(world, NOW);
  return start({ ...options, world });
}

const runIds = (body: unknown) => listAt(body, "data.runsOrError.results").map((run) => at(run, "runId"));

describe("requests", () => {
  it("answers by POST and GET, and counts what was asked by its name", async () => {
    const emulator = await start();
    expect(await ask(emulator, "query Which { version }")).toMatchObject({
      status: 200,
      body: { data: { version: "1.13.27" } },
    });
    const url = `${emulator.url}?query=${encodeURIComponent("{ version }")}`;
    expect((await answerOf(await fetch(url))).body).toEqual({ data: { version: "1.13.27" } });
    expect([emulator.count(), emulator.count("Which"), emulator.count("Other")]).toEqual([2, 1, 0]);
    expect(emulator.requests[0]).toMatchObject({ method: "POST", token: "none", status: 200 });
    emulator.resetCounts();
    expect(emulator.count()).toBe(0);
  });

  it.each([
    ["{ nope }", {}, 400, "Cannot query field"],
    ["{ ", {}, 400, "Syntax Error"],
    [STEPS, {}, 400, "was not provided"],
    // A misfit of a variable is an exception to the webserver.
    [RUNS, { filter: { jobName: "x" } }, 500, "not defined by type"],
    // AssetKey and AssetKey! are not one field.
    [
      "query Q($r: ID!) { logsForRun(runId: $r) { ... on EventConnection { events { ... on MaterializationEvent { assetKey { path } } ... on AssetCheckEvaluationPlannedEvent { assetKey { path } } } } } }",
      { r: "x" },
      400,
      "conflict",
    ],
    [
      "{ assetNodes { assetChecksOrError { ... on PythonError { message } } } }",
      {},
      400,
      "can never be of type",
    ],
  ])("refuses %s", async (query, variables, status, message) => {
    const answer = await ask(await start(), query, variables);
    expect([answer.status, at(answer.body, "data")]).toEqual([status, null]);
    expect(at(answer.body, "errors.0.message")).toContain(message);
  });

  it.each([
    ["{nope", "application/json", 400, "GraphQL request is invalid JSON"],
    ["{}", "application/json", 400, "No GraphQL query"],
    ["[]", "application/json", 500, "Internal Server Error"],
    [JSON.stringify({ query: "{version}", variables: "{" }), "application/json", 400, "Malformed GraphQL"],
    [JSON.stringify({ query: "{version}" }), "text/plain", 400, "No GraphQL query"],
  ])("refuses the body %s", async (body, contentType, status, words) => {
    const { url } = await start();
    const headers = { "content-type": contentType };
    const answer = await answerOf(await fetch(url, { method: "POST", headers, body }));
    expect(answer.headers.get("content-type")).toContain("text/plain");
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(words)]);
  });

  it("has its page elsewhere, and says its version", async () => {
    const { url } = await start({ pathPrefix: "/dagster" });
    expect(url).toMatch(/\/dagster\/graphql$/);
    const page = await answerOf(await fetch(url.replace("/graphql", "/runs")));
    expect([page.status, page.body]).toEqual([200, expect.stringContaining("<!doctype html>")]);
    const info = await answerOf(await fetch(url.replace("/graphql", "/server_info")));
    expect(info.body).toMatchObject({ dagster_version: "1.13.27", dagster_webserver_version: "1.13.27" });
    expect((await fetch(url, { method: "PUT", body: "{}" })).status).toBe(405);
  });

  it("tells the schema of each version", async () => {
    const query =
      '{ node: __type(name: "AssetNode") { fields { name } } plus: __type(name: "DagsterCloudDeployment") { name } }';
    const names = (body: unknown) => listAt(body, "data.node.fields").map((field) => at(field, "name"));
    const [newer, older] = [await start(), await start({ version: "1.6.14" })];
    const [one, other] = [await ask(newer, query), await ask(older, query)];
    expect(names(one.body)).toEqual(expect.arrayContaining(["kinds", "isMaterializable"]));
    expect(names(other.body)).toEqual(expect.not.arrayContaining(["kinds", "isMaterializable"]));
    expect(at(one.body, "data.plus")).toBeNull();
    expect((await ask(older, ASSETS)).status).toBe(400);
    expect((await ask(older, STEPS, { runId: "x" })).status).toBe(200);
  });

  it("breaks off with a status of its own where it cannot answer what the real server can", async () => {
    const answer = await ask(await start(), "{ runTagKeysOrError { __typename } }");
    expect([answer.status, answer.body]).toEqual([599, expect.stringContaining("not emulated")]);
  });
});

describe("runs", () => {
  it("are listed newest first, page by page, each once", async () => {
    const emulator = await start();
    const all = await ask(emulator, RUNS);
    expect(at(all.body, "data.runsOrError.count")).toBe(40);
    const created = listAt(all.body, "data.runsOrError.results").map((run) =>
      Number(at(run, "creationTime")),
    );
    expect(created).toEqual([...created].sort((one, other) => other - one));
    const seen: unknown[] = [];
    for (let cursor: unknown = null; ; ) {
      const page = runIds((await ask(emulator, RUNS, { cursor, limit: 7 })).body);
      if (page.length === 0) break;
      seen.push(...page);
      cursor = page.at(-1);
    }
    expect(seen).toEqual(runIds(all.body));
    expect(runIds((await ask(emulator, RUNS, { cursor: "gone" })).body)).toEqual([]);
    expect(runIds((await ask(emulator, RUNS, { limit: 0 })).body)).toEqual(seen);
  });

  it("are filtered by job, status, ids, times and tags, hidden ones too", async () => {
    const emulator = await withExtras();
    const of = async (filter: object) => {
      const { body } = await ask(emulator, RUNS, { filter });
      return listAt(body, "data.runsOrError.results");
    };
    expect((await of({ pipelineName: "job_1" })).map((run) => at(run, "jobName"))).toEqual(
      Array(3).fill("job_1"),
    );
    expect((await of({ statuses: ["QUEUED", "STARTED"] })).map((run) => at(run, "runId"))).toEqual([
      EXTRA_RUNS.queued,
      EXTRA_RUNS.running,
    ]);
    expect(await of({ runIds: [EXTRA_RUNS.crashed, "gone"] })).toHaveLength(1);
    expect(await of({ runIds: [] })).toHaveLength(26);
    const backfill = { key: "dagster/backfill", value: "zkbwqnov" };
    expect(await of({ tags: [backfill] })).toHaveLength(3);
    expect(await of({ tags: [backfill, { key: "dagster/partition", value: "2026-11-16" }] })).toHaveLength(1);
    const twice = [{ key: "dagster/backfill", value: "other" }, backfill];
    expect(await of({ tags: twice })).toHaveLength(3);
    expect(await of({ tags: twice.toReversed() })).toHaveLength(0);
    const hidden = { key: ".dagster/repository", value: "__repository__@operations" };
    const [run] = await of({ tags: [hidden], pipelineName: "nightly" });
    expect(listAt(run, "tags")).toEqual([]);
    const since = NOW / 1000 - 21 * 3600;
    const recent = await of({ updatedAfter: since, pipelineName: "sync_stations" });
    expect(recent.map((one) => at(one, "runId"))).toEqual([
      EXTRA_RUNS.queued,
      EXTRA_RUNS.running,
      EXTRA_RUNS.canceled,
    ]);
    expect(await of({ createdBefore: since, createdAfter: since - 3600 * 3 })).toHaveLength(1);
  });

  it("show a run that never began as one of no length, and one from outside without a home", async () => {
    const emulator = await withExtras();
    const of = async (runId: string) => at((await ask(emulator, STEPS, { runId })).body, "data.runOrError");
    const never = await of(EXTRA_RUNS.neverBegan);
    expect(at(never, "startTime")).toBe(at(never, "endTime"));
    const { body } = await ask(emulator, RUNS, { filter: { runIds: [EXTRA_RUNS.outside] } });
    expect(at(body, "data.runsOrError.results.0.repositoryOrigin")).toBeNull();
    expect(await of("gone")).toEqual({
      __typename: "RunNotFoundError",
      runId: "gone",
      message: "Pipeline run gone could not be found.",
    });
  });

  it("have a step's attempts, and nothing of steps that never began", async () => {
    const { body } = await ask(await withExtras(), STEPS, { runId: EXTRA_RUNS.retried });
    const steps = new Map(listAt(body, "data.runOrError.stepStats").map((one) => [at(one, "stepKey"), one]));
    expect(at(body, "data.runOrError.stats")).toMatchObject({ stepsSucceeded: 4, stepsFailed: 1 });
    expect(listAt(steps.get("load.store[Bergen]"), "attempts")).toHaveLength(2);
    expect(at(steps.get("load.store[Oslo]"), "status")).toBe("FAILURE");
    expect(steps.has("summary")).toBe(false);
    const running = await ask(await withExtras(), STEPS, { runId: EXTRA_RUNS.running });
    expect(at(running.body, "data.runOrError.stepStats.1")).toMatchObject({
      status: "IN_PROGRESS",
      endTime: null,
      attempts: [],
    });
  });
});

describe("the workspace", () => {
  it("leaves out of the repositories what did not load, and tells it elsewhere, with status 200", async () => {
    const answer = await ask(await withExtras(), WORKSPACE);
    expect(answer.status).toBe(200);
    const repositories = listAt(answer.body, "data.repositoriesOrError.nodes");
    expect(repositories.map((one) => at(one, "location.name"))).toEqual(["synthetic", "operations"]);
    const entries = listAt(answer.body, "data.workspaceOrError.locationEntries");
    expect(entries.map((one) => [at(one, "name"), at(one, "locationOrLoadError.__typename")])).toEqual([
      ["synthetic", "RepositoryLocation"],
      ["operations", "RepositoryLocation"],
      ["broken", "PythonError"],
    ]);
    const daemons = listAt(answer.body, "data.instance.daemonHealth.allDaemonStatuses");
    expect(daemons.filter((one) => at(one, "healthy") === false)).toHaveLength(1);
  });

  it("has the ops of graphs, ticks by status and time, and members for what is not there", async () => {
    const emulator = await withExtras();
    const place = 'repositoryName: "__repository__", repositoryLocationName: "operations"';
    const { body } = await ask(
      emulator,
      `{ pipelineOrError(params: {pipelineName: "sync_stations", ${place}}) {
          ... on Pipeline { all: solidHandles { handleID } top: solidHandles(parentHandleID: "") { handleID }
            inner: solidHandles(parentHandleID: "load") { handleID parent { handleID } solid { definition { __typename } } } } }
        gone: pipelineOrError(params: {pipelineName: "x", ${place}}) { __typename }
        state: instigationStateOrError(instigationSelector: {name: "sync_schedule", ${place}}) {
          ... on InstigationState { status ticks(statuses: [FAILURE]) { status error { message } }
            later: ticks(afterTimestamp: ${NOW / 1000 - 5400}) { tickId } } }
        none: instigationStateOrError(instigationSelector: {name: "x", ${place}}) { __typename } }`,
    );
    const handles = (name: string) =>
      listAt(body, `data.pipelineOrError.${name}`).map((one) => at(one, "handleID"));
    expect(handles("all")).toEqual(["list_cities", "load", "load.fetch", "load.store"]);
    expect(handles("top")).toEqual(["list_cities", "load"]);
    expect(handles("inner")).toEqual(["load.fetch", "load.store"]);
    expect(at(body, "data.gone.__typename")).toBe("PipelineNotFoundError");
    expect(at(body, "data.none.__typename")).toBe("InstigationStateNotFoundError");
    expect(at(body, "data.state")).toEqual({
      status: "RUNNING",
      ticks: [{ status: "FAILURE", error: { message: "KeyError: 'cities'\n" } }],
      later: [{ tickId: "99" }],
    });
  });
});

describe("assets", () => {
  it("have their lineage, checks, partitions and staleness", async () => {
    const { status, body } = await ask(await withExtras(), ASSETS);
    expect(status).toBe(200);
    const nodes = new Map(
      listAt(body, "data.assetNodes").map((one) => [String(at(one, "assetKey.path")), one]),
    );
    expect(nodes.get("weather,forecast")).toMatchObject({
      dependencyKeys: [{ path: ["events_daily"] }],
      staleStatus: "STALE",
      freshnessStatusInfo: { freshnessStatus: "UNKNOWN" },
      internalFreshnessPolicy: { failWindowSeconds: 86_400 },
    });
    expect(nodes.get("events_daily")).toMatchObject({
      dependedByKeys: [{ path: ["weather", "forecast"] }],
      partitionStats: { numMaterialized: 3, numPartitions: 3 },
    });
    expect(
      at(nodes.get("asset_1"), "assetChecksOrError.checks.0.executionForLatestMaterialization"),
    ).toMatchObject({
      status: "SUCCEEDED",
      evaluation: { success: true },
    });
    expect(
      at(nodes.get("weather,forecast"), "assetChecksOrError.checks.0.executionForLatestMaterialization"),
    ).toBeNull();
  });

  it("are paged by their keys, and have their health from Dagster+ alone", async () => {
    const world = syntheticWorld({ now: NOW, runs: 7 });
    const query = `query Page($cursor: String) { assetsOrError(cursor: $cursor, limit: 5) {
      ... on AssetConnection { cursor nodes { key { path } assetHealth { assetHealth materializationStatus assetChecksStatus freshnessStatus } } } } }`;
    const oss = await start({ world });
    const seen: unknown[] = [];
    for (let cursor: unknown = null; ; ) {
      const { body } = await ask(oss, query, { cursor });
      const nodes = listAt(body, "data.assetsOrError.nodes");
      if (nodes.length === 0) break;
      expect(nodes.every((node) => at(node, "assetHealth") === null)).toBe(true);
      seen.push(...nodes.map((node) => at(node, "key.path.0")));
      cursor = at(body, "data.assetsOrError.cursor");
    }
    expect(new Set(seen).size).toBe(12);
    expect(seen).toHaveLength(12);
    const plus = await start({ world, plus: PLUS });
    const { body } = await ask(plus, query, {}, { "Dagster-Cloud-Api-Token": "right" });
    expect(at(body, "data.assetsOrError.nodes.0.assetHealth")).toEqual({
      assetHealth: "HEALTHY",
      materializationStatus: "HEALTHY",
      assetChecksStatus: "HEALTHY",
      freshnessStatus: "NOT_APPLICABLE",
    });
  });

  it("say what was latest, and what was never evaluated", async () => {
    const emulator = await withExtras();
    const { body } = await ask(
      emulator,
      `{ assetsLatestInfo(assetKeys: [{path: ["asset_1"]}, {path: ["nobody"]}]) { assetKey { path } latestRun { jobName } latestMaterialization { runId } inProgressRunIds }
         assetCheckExecutions(assetKey: {path: ["asset_1"]}, checkName: "has_rows", limit: 2) { id status runId }
         both: assetsOrError(prefix: ["a"], assetKeys: [{path: ["a"]}]) { __typename } }`,
    );
    expect(listAt(body, "data.assetsLatestInfo")).toHaveLength(1);
    const [first] = listAt(body, "data.assetCheckExecutions");
    const next = await ask(
      emulator,
      `{ assetCheckExecutions(assetKey: {path: ["asset_1"]}, checkName: "has_rows", limit: 9, cursor: "${at(first, "id")}") { id } }`,
    );
    expect(listAt(next.body, "data.assetCheckExecutions")).toHaveLength(2);
    expect(at(body, "data.both.__typename")).toBe("PythonError");
  });
});

describe("Dagster+", () => {
  it.each([
    ["status", 401, "Unauthorized"],
    [
      "errors",
      200,
      { data: null, errors: [{ message: "Unauthorized", extensions: { code: "UNAUTHENTICATED" } }] },
    ],
  ] as const)("lets nobody in without the token, by %s", async (refusal, status, body) => {
    const emulator = await start({ plus: { ...PLUS, refusal } });
    expect(emulator.url).toMatch(/\/prod\/graphql$/);
    for (const headers of [{}, { "dagster-cloud-api-token": "wrong" }]) {
      expect(await ask(emulator, "{ version }", {}, headers)).toMatchObject({ status, body });
    }
    const right = { "Dagster-Cloud-Api-Token": "right", "X-Team": "harbour" };
    const answer = await ask(emulator, "{ currentDeployment { deploymentName } }", {}, right);
    expect(answer.body).toEqual({ data: { currentDeployment: { deploymentName: "prod" } } });
    const last = emulator.requests.at(-1);
    expect(last).toMatchObject({ token: "right", headers: { "x-team": "harbour" } });
    expect(JSON.stringify(emulator.requests)).not.toContain('"right"}');
    expect(last?.headers["dagster-cloud-api-token"]).toBeUndefined();
  });
});

it("tells every event of the rare cases in the form of its type", async () => {
  const emulator = await withExtras();
  for (const id of Object.values(EXTRA_RUNS).flat()) {
    const { status, body } = await ask(emulator, EVENTS, { runId: id });
    expect([id, status, at(body, "errors")]).toEqual([id, 200, undefined]);
  }
});
