/** Dagster+: its token, its deployments, its refusals, and the health that it tells of assets. */
import { describe, expect, it } from "vitest";
import type { PlusOptions } from "../../emulators/dagster/server.ts";
import type { Asset, CheckResult, World } from "../../emulators/dagster/world.ts";
import { MINUTE, openBench, smallWorld, TOKEN } from "./bench.ts";
import { asset, location, opJob, worldOf } from "./worlds.ts";

const PROD: PlusOptions = { deployment: "prod", token: TOKEN };

/** Where it matters only that something answers. */
const tinyWorld = (): World => worldOf([location("shop", [asset("mart")], [opJob("nightly", "load")])]);

/** The world with this change to each of its assets. */
function withAssets(world: World, change: (asset: Asset) => Partial<Asset>): World {
  world.locations = world.locations.map((location) => ({
    ...location,
    repositories: location.repositories.map((repository) => ({
      ...repository,
      assets: repository.assets.map((asset) => ({ ...asset, ...change(asset) })),
    })),
  }));
  world.touch();
  return world;
}

describe("a deployment of Dagster+", () => {
  it("is asked with its token, its names and more headers, below its path", async () => {
    const headers = { "X-Proxy": "let-me-in-0123456789" };
    const bench = await openBench({
      world: tinyWorld(),
      plus: PROD,
      source: { organization: "acme", headers },
    });
    expect((await bench.ask("list_jobs")).items).toHaveLength(1);
    expect(bench.emulator.requests.length).toBeGreaterThan(1);
    for (const { token, path, headers: sent } of bench.emulator.requests) {
      expect([token, path]).toEqual(["right", "/prod/graphql"]);
      expect(sent).toMatchObject({
        "dagster-cloud-organization": "acme",
        "dagster-cloud-deployment": "prod",
        "x-proxy": "let-me-in-0123456789",
      });
    }
  });

  it("is an environment of its own name", async () => {
    const bench = await openBench({ world: tinyWorld(), plus: PROD });
    const { items } = await bench.ask("list_projects");
    expect(items).toMatchObject([
      { environments: [{ environment_id: "prod", name: "prod", type: "production" }] },
    ]);
    const branch = await openBench({
      world: tinyWorld(),
      plus: { deployment: "feature-7f3a", token: TOKEN },
    });
    expect((await branch.ask("list_projects")).items).toMatchObject([
      { environments: [{ environment_id: "feature-7f3a", name: "feature-7f3a", type: "other" }] },
    ]);
  });

  it("sends no token where there is none", async () => {
    const bench = await openBench({ world: tinyWorld() });
    await bench.ask("list_jobs");
    expect(new Set(bench.emulator.requests.map(({ token }) => token))).toEqual(new Set(["none"]));
  });
});

describe("a token that is refused", () => {
  it.each([
    "status",
    "errors",
  ] as const)("in the form of %s is UNAUTHENTICATED, with the variables to set", async (refusal) => {
    const plus = { ...PROD, refusal };
    const bench = await openBench({ plus, source: { token: "user:acme:another-0123456789abcdef" } });
    const error = await bench.failure("list_jobs");
    expect(error.code).toBe("UNAUTHENTICATED");
    expect(error.message).toMatch(/^Dagster\+ at 127\.0\.0\.1:\d+\/prod refuses the credentials/);
    expect(error.hint).toMatch(/DAGSTER_CLOUD_API_TOKEN .*DAGSTER_CLOUD_DEPLOYMENT/);
    expect(error.hint).not.toMatch(/DAGSTER_GRAPHQL_URL|DAGSTER_EXTRA_HEADERS/);
    expect(bench.requests()).toHaveLength(1);
    const probe = await bench.source.probe(new AbortController().signal);
    expect(probe).toMatchObject({ ok: false, hint: error.hint });
    expect(probe.summary).toContain("UNAUTHENTICATED");
  });

  it.each([
    ["403", "FORBIDDEN", /DAGSTER_CLOUD_API_TOKEN needs the role Viewer/],
    ["401", "UNAUTHENTICATED", /DAGSTER_CLOUD_API_TOKEN/],
    ["unauthenticated", "UNAUTHENTICATED", /DAGSTER_CLOUD_API_TOKEN/],
    ["unauthorized", "UNAUTHENTICATED", /DAGSTER_CLOUD_API_TOKEN/],
    ["404", "NOT_FOUND", /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/],
    ["html", "UPSTREAM", /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/],
    ["reset", "UPSTREAM", /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/],
    ["not-json", "UPSTREAM", /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/],
  ] as const)("or a fault %s is %s", async (kind, code, hint) => {
    const bench = await openBench({ plus: PROD });
    bench.emulator.setFaults([{ kind }]);
    const error = await bench.failure("list_jobs");
    expect(error.code).toBe(code);
    expect(error.hint).toMatch(hint);
  });

  it("names the deployment where another one is asked", async () => {
    const bench = await openBench({ plus: PROD });
    const elsewhere = bench.emulator.url.replace("/prod/", "/staging/");
    const other = await openBench({ plus: PROD, source: { url: elsewhere } });
    const error = await other.failure("list_jobs");
    expect([error.code, error.message]).toEqual([
      "UNAUTHENTICATED",
      expect.stringContaining("/staging refuses"),
    ]);
    expect(error.hint).toContain("DAGSTER_CLOUD_DEPLOYMENT");
  });
});

describe("the health of assets", () => {
  /** The last result of the check of `asset_1` fails; `asset_2` is late by the word of the deployment alone. */
  function ill(): World {
    const world = withAssets(smallWorld(), ({ key }) =>
      key[0] === "asset_2"
        ? { freshness: { failWindow: 1e9, warnWindow: null, status: "DEGRADED", lastMaterializedAt: null } }
        : {},
    );
    world.freshnessEvaluation = true;
    const latest = world.runs.find(({ jobName }) => jobName === "assets_job");
    const failing = (check: CheckResult): CheckResult => ({
      ...check,
      passed: false,
      description: "3 rows are odd",
    });
    if (latest === undefined) throw new Error("no run of assets_job");
    const steps = latest.steps.map((step) =>
      step.key === "asset_1" ? { ...step, checks: step.checks.map(failing) } : step,
    );
    world.runs.splice(world.runs.indexOf(latest), 1, { ...latest, steps });
    return world;
  }

  it("is that of the deployment, with its reasons", async () => {
    const bench = await openBench({ world: ill(), plus: PROD });
    const first = await bench.ask("get_model", { model_id: "asset_1" });
    expect(first).toMatchObject({ health_status: "critical" });
    expect(first.health_reasons).toEqual(["checks DEGRADED (1 of 1)", expect.stringContaining("has_rows")]);
    const second = await bench.ask("get_model", { model_id: "asset_2" });
    expect(second).toMatchObject({
      health_status: "critical",
      health_reasons: ["freshness DEGRADED", expect.any(String)],
    });
    expect(await bench.ask("get_model", { model_id: "asset_3" })).toMatchObject({ health_status: "healthy" });
    const { models, alerts } = await bench.ask("health_dashboard");
    expect(models).toMatchObject({ critical: 2, healthy: 8 });
    expect(JSON.stringify(alerts)).toContain("has_rows");
  });

  it("stands against what is computed", async () => {
    // Both think well of what we would find ill, and ill of what we would think well of.
    const bench = await openBench({ world: ill(), plus: PROD });
    bench.emulator.setFaults([
      { kind: "unknown-word", match: "RunlensAssetStates", field: "assetHealth", word: "HEALTHY" },
    ]);
    expect(await bench.ask("get_model", { model_id: "asset_1" })).toMatchObject({ health_status: "healthy" });
    bench.emulator.setFaults([
      { kind: "unknown-word", match: "RunlensAssetStates", field: "assetHealth", word: "WARNING" },
    ]);
    bench.clock.pass(20 * MINUTE);
    expect(await bench.ask("get_model", { model_id: "asset_3" })).toMatchObject({ health_status: "warning" });
    const { models, alerts } = await bench.ask("health_dashboard");
    // Four assets; ops are none of the deployment's assets.
    expect(models).toMatchObject({ warning: 4, healthy: 6 });
    expect(JSON.stringify(alerts)).toContain("synthetic.asset_3");
  });

  it("is computed where a webserver tells none", async () => {
    const bench = await openBench({ world: ill() });
    const first = await bench.ask("get_model", { model_id: "asset_1" });
    expect(first).toMatchObject({ health_status: "critical" });
    expect(JSON.stringify(first.health_reasons)).toContain("has_rows");
    expect(JSON.stringify(first.health_reasons)).not.toContain("DEGRADED");
    expect(await bench.ask("get_model", { model_id: "asset_3" })).toMatchObject({ health_status: "healthy" });
  });

  it("is missing with a note where it cannot be told", async () => {
    const bench = await openBench({ world: ill(), plus: PROD });
    bench.emulator.setFaults([{ kind: "python-error", field: "assetsOrError" }]);
    const { source, models } = await bench.ask("health_dashboard");
    expect(source.complete).toBe(false);
    expect(source.notes.join(" ")).toContain("connection to the storage was lost");
    expect(models).toMatchObject({ total: 10 });
  });
});
