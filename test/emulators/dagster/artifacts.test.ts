import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifactsWorld } from "./artifacts.ts";
import { ask, at, listAt } from "./client.ts";
import { ASSETS } from "./documents.ts";
import { logOf } from "./log.ts";
import { type Emulator, startEmulator } from "./server.ts";

const DEMO = join(import.meta.dirname, "../../../demo/artifacts");
const NOW = Date.parse("2026-11-18T07:30:00Z");
const world = artifactsWorld(DEMO, { form: "step per model" });
const run = (job: string, day: string) =>
  world.runs.find(
    ({ jobName, startedAt }) =>
      jobName === job && new Date((startedAt ?? 0) * 1000).toISOString().startsWith(day),
  );

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ world, now: () => NOW });
});
afterAll(() => emulator.close());

describe("the demo in Dagster", () => {
  it("has a run of each invocation, with its schedule, and a repetition from the failure on", () => {
    const jobs = world.runs.map(({ jobName }) => jobName);
    const count = (job: string) => jobs.filter((one) => one === job).length;
    expect([jobs.length, count("nightly"), count("intraday"), count("docs")]).toEqual([127, 32, 64, 1]);
    const retry = world.runs.find(({ parentRunId }) => parentRunId !== null);
    expect(retry).toMatchObject({ jobName: "nightly", parentRunId: run("nightly", "2026-10-30")?.id });
    expect(retry?.stepKeysToExecute).toContain("int_payments_cleaned");
    expect(retry?.tags).toContainEqual({ key: "dagster/is_resume_retry", value: "true" });
    const [schedule] = world.locations[0]?.repositories[0]?.schedules ?? [];
    expect([schedule?.name, schedule?.ticks.length]).toEqual(["nightly_schedule", 30]);
  });

  it("has models as assets, sources as what others write, tests of one asset as its checks", async () => {
    const { status, body } = await ask(emulator, ASSETS);
    expect(status).toBe(200);
    const nodes = listAt(body, "data.assetNodes");
    const named = (key: string) => nodes.find((node) => String(at(node, "assetKey.path")) === key);
    expect(nodes.filter((node) => at(node, "isMaterializable") === true)).toHaveLength(24);
    expect(named("fct_revenue_daily")).toMatchObject({
      groupName: "finance",
      kinds: ["dbt", "duckdb"],
      metadataEntries: [{ label: "dagster-dbt/materialization_type", text: "table" }, {}, {}],
    });
    // It reads an ephemeral model, which is no asset: what that one reads is its parent.
    const parents = listAt(named("fct_revenue_daily"), "dependencyKeys").map((key) =>
      String(at(key, "path")),
    );
    expect(parents).not.toContain("int_trip_fares");
    expect(parents).toEqual(expect.arrayContaining(["fct_payments", "fct_trips"]));
    expect(named("dim_riders_v2")).toBeDefined();
    expect(named("rental_app,trips")).toMatchObject({ isExecutable: false, hasAssetChecks: true });
    expect(named("workshop,tickets")).toMatchObject({ freshnessStatusInfo: { freshnessStatus: "DEGRADED" } });
    const tags = nodes.flatMap((node) => listAt(node, "tags").map((tag) => at(tag, "key")));
    expect(tags).toContain("owner: ops, eu");
  });

  it("tells a failed model with dbt's words, and what was skipped below it", () => {
    const failed = run("nightly", "2026-10-30");
    const broken = failed?.steps.find(({ key }) => key === "int_payments_cleaned");
    expect(broken).toMatchObject({ status: "FAILURE", materializations: [] });
    expect(broken?.attempts[0]?.failure?.cause?.message).toContain('Could not convert string "5,50"');
    const skipped = failed?.steps.filter(({ status }) => status === "SKIPPED").map(({ key }) => key);
    expect(skipped).toContain("fct_payments");
    const made = failed?.steps.filter(({ materializations }) => materializations.length > 0) ?? [];
    for (const { attempts, materializations } of made) {
      const [attempt] = attempts;
      const duration = materializations[0]?.metadata.find(({ label }) => label === "Execution Duration");
      expect(duration?.value).toBeCloseTo((attempt?.endedAt ?? 0) - (attempt?.startedAt ?? 0), 5);
    }
  });

  it("can leave a skip unsaid, as Dagster does with what waits for a failure", () => {
    const quiet = artifactsWorld(DEMO, { form: "step per model", skipped: "unsaid" });
    const failed = quiet.runs.find(({ id }) => id === run("nightly", "2026-10-30")?.id);
    const waiting = failed?.steps.find(({ key }) => key === "fct_payments");
    expect(waiting).toMatchObject({ status: null, attempts: [], plans: [["fct_payments"]] });
    const log = failed === undefined ? null : logOf(failed);
    const events = Array.from({ length: log?.length ?? 0 }, (_, index) => log?.at(index));
    expect(events.filter((event) => event?.eventType === "STEP_SKIPPED")).toEqual([]);
    expect(events.some((event) => event?.message.startsWith("Dependencies for step fct_payments"))).toBe(
      true,
    );
  });

  it("can run all models in one step", () => {
    const whole = artifactsWorld(DEMO, { form: "one step" });
    const one = whole.runs.find(({ id }) => id === run("nightly", "2026-10-30")?.id);
    expect(one?.steps).toHaveLength(1);
    const [step] = one?.steps ?? [];
    expect(step).toMatchObject({ key: "pedal_harbour_dbt_assets", status: "FAILURE" });
    expect(step?.plans.length).toBeGreaterThan(step?.materializations.length ?? 0);
    expect(
      step?.materializations.every(({ metadata }) =>
        metadata.some(({ label }) => label === "Execution Duration"),
      ),
    ).toBe(true);
  });
});
