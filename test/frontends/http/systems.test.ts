/**
 * Who may see one project, over systems whose projects lie side by side without being told apart by an account: dbt
 * projects of one Paradime workspace, code locations of one Dagster deployment. They are told nothing of the others,
 * whatever they ask and name.
 */
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, createApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config.ts";
import { RunlensError } from "../../../src/errors.ts";
import type { Operation } from "../../../src/operation.ts";
import { systemClock } from "../../../src/sync/clock.ts";
import { operations } from "../../../tools/index.ts";
import { addExtras } from "../../emulators/dagster/extras.ts";
import { startEmulator as startDagster } from "../../emulators/dagster/server.ts";
import { syntheticWorld } from "../../emulators/dagster/synthetic.ts";
import { addBuild, madeUpWorld, successes } from "../../emulators/paradime/made-up.ts";
import { startEmulator as startParadime } from "../../emulators/paradime/server.ts";
import { CREDENTIALS } from "../../emulators/paradime/world.ts";
import { keptLog } from "../fake.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const MINUTE = 60_000;

interface System {
  /** The project that the viewer may see, and one that they may not. */
  mine: string;
  other: string;
  /** Words of other projects that no list of operations gives: what is wrong there, say. */
  words: readonly string[];
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** A schedule each of two dbt projects; the other's last build failed. */
async function paradime(): Promise<System> {
  const world = madeUpWorld({ now: NOW, schedules: 2, projects: ["harbour", "ferries"] });
  const outcomes = { ...successes("ferries"), "model.ferries.orders": "error" };
  addBuild(world, "s1", NOW - 5 * MINUTE, { project: "ferries", outcomes, returnCode: 1 });
  const emulator = await startParadime({ world, now: () => NOW });
  return {
    mine: "harbour",
    other: "ferries",
    words: ["ferries"],
    environment: {
      PARADIME_API_ENDPOINT: emulator.url,
      PARADIME_API_KEY: CREDENTIALS.key,
      PARADIME_API_SECRET: CREDENTIALS.secret,
    },
    close: () => emulator.close(),
  };
}

/** Three code locations: the other has runs of every kind and a schedule that fails, a third does not even load. */
async function dagster(): Promise<System> {
  const world = syntheticWorld({ now: NOW, runs: 4, jobs: 2, assets: 4 });
  addExtras(world, NOW);
  const emulator = await startDagster({ world, now: () => NOW });
  return {
    mine: "synthetic",
    other: "operations",
    words: ["warehouse_client", "ModuleNotFoundError", '"broken"'],
    environment: { DAGSTER_GRAPHQL_URL: emulator.url },
    close: () => emulator.close(),
  };
}

function operation(name: string): Operation {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

describe.each([
  ["Paradime", paradime],
  ["Dagster", dagster],
] as const)("who may see one project of %s", (_, open) => {
  let system: System;
  let app: App;
  /** What the other project has, and what nobody has, by the input that names it. */
  let reaches: [input: string, there: string, nowhere: string][];
  /** Words of the other project that are none of mine. */
  let words: string[];

  beforeAll(async () => {
    system = await open();
    const environment = { ...system.environment, RUNLENS_STORE: ":memory:" };
    const clock = { ...systemClock(), now: () => NOW };
    app = createApp({
      config: () => loadConfig({}, environment, tmpdir()),
      log: keptLog().log,
      frontend: "server",
      clock,
    });
    const ids = async (name: string, field: string, project: string) => {
      const input = { project_ids: [project], limit: 200 };
      const { items } = await app.ask(operation(name), input, {});
      return Array.isArray(items) ? items.map((item) => String(item[field])) : [];
    };
    const all = async (project: string) => ({
      runs: await ids("list_runs", "run_id", project),
      jobs: await ids("list_jobs", "job_id", project),
      models: await ids("list_models", "unique_id", project),
    });
    const [mine, other] = [await all(system.mine), await all(system.other)];
    const mines = Object.values(mine).flat();
    const only = (listed: readonly string[]) => listed.filter((id) => !mines.includes(id));
    const [run = "", job = "", model = ""] = [
      only(other.runs)[0],
      only(other.jobs)[0],
      only(other.models)[0],
    ];
    reaches = [
      ["run_id", run, "no-such-run"],
      ["job_id", job, "no-such-job"],
      ["model_id", model, "model.nobody.nothing"],
      ["project_id", system.other, "nobody"],
    ];
    words = [...only([...other.runs, ...other.jobs, ...other.models]), ...system.words];
  });
  afterAll(async () => {
    await app.close();
    await system.close();
  });

  /** The answer or the error. */
  async function outcome(projects: readonly string[] | null, name: string, input: Record<string, unknown>) {
    try {
      return await app.askAbout(projects)(operation(name), input, {});
    } catch (error) {
      if (!(error instanceof RunlensError)) throw error;
      return { code: error.code, message: error.message, hint: error.hint };
    }
  }

  /** Words of the other project in what a viewer is told, but for the one that they named themselves. */
  const leaked = (told: unknown, named = "") =>
    words.filter((word) => !named.includes(word) && JSON.stringify(told).includes(word));

  it("has something to reach for", () => {
    for (const [input, there] of reaches) expect(there, input).not.toBe("");
    expect(words.length).toBeGreaterThan(5);
  });

  it.each([
    "list_projects",
    "list_jobs",
    "list_runs",
    "list_models",
    "health_dashboard",
    "get_model_health",
    "get_test_results",
    "get_source_freshness",
    "slowest_models",
    "longest_running_jobs",
  ])("is told by %s of theirs alone", async (name) => {
    const input = "limit" in operation(name).input.shape ? { limit: 200 } : {};
    const viewers = await outcome([system.mine], name, input);
    expect(viewers).not.toHaveProperty("code");
    expect(leaked(viewers)).toEqual([]);
  });

  it("is told of what is in the other what they are told of what is nowhere", async () => {
    for (const { name, input } of operations.filter((one) => one.name !== "query_sql")) {
      for (const [field, there, nowhere] of reaches) {
        if (!(field in input.shape)) continue;
        const said = async (id: string) => {
          const told = await outcome([system.mine], name, { [field]: id });
          expect(leaked(told, id), `${name} ${field}`).toEqual([]);
          // Which of their own names are near depends on the one that was asked for.
          const { hint: _hint, ...rest } = told;
          return JSON.parse(JSON.stringify(rest).replaceAll(id, "…"));
        };
        expect(await said(there), `${name} ${field}`).toEqual(await said(nowhere));
      }
    }
  });

  it("is told less than an admin", async () => {
    for (const name of ["list_projects", "list_jobs", "list_runs", "list_models", "health_dashboard"]) {
      expect(leaked(await outcome(null, name, {})).length, name).toBeGreaterThan(0);
    }
  });
});
