/** What must hold of the state of a deployment: assets, checks, freshness, and what is to be seen to first. */
import { describe, expect, test } from "vitest";
import { operations } from "../../../tools/index.ts";
import { listAt, objectAt } from "../places.ts";
import type { Opened } from "./asking.ts";
import { ask as askServer } from "./graphql.ts";
import { withoutAge } from "./runs-suite.ts";

export function everyOperationAnswers(get: () => Opened): void {
  const inputs: Record<string, Record<string, string>> = {
    get_project: { project_id: "harbour" },
    get_job: { job_id: "survey_basin" },
    get_model: { model_id: "clean_bookings" },
    get_run: { run_id: "latest" },
    get_run_events: { run_id: "latest" },
    get_runtime_trend: { model_id: "clean_bookings" },
    get_lineage: { model_id: "clean_bookings" },
    query_sql: { sql: "select model_id, last_status from models order by model_id" },
  };

  test.each(
    operations.map(({ name }) => name),
  )("%s answers alike on the command line and over MCP", async (name) => {
    const { answer, ask } = get();
    const input = inputs[name] ?? {};
    const flags = Object.entries(input).flatMap(([key, value]) => [`--${key.replaceAll("_", "-")}`, value]);
    const overCli = await answer(name.replaceAll("_", "-"), ...flags);
    expect(objectAt(overCli, "source")).toMatchObject({ systems: ["dagster"], complete: true });
    expect(withoutAge(await ask(name, input))).toEqual(withoutAge(overCli));
  });
}

export function stateReadsAsItIs(get: () => Opened): void {
  describe("the workspace", () => {
    test("code locations are projects, also those that do not load", async () => {
      const rows = listAt(await get().ask("list_projects"), "items");
      expect(rows.map(({ project_id }) => project_id).sort()).toEqual(["broken", "harbour", "quay"]);
    });

    test("jobs are those that are defined, with the crons of running schedules", async () => {
      const { dagster, ask } = get();
      const rows = listAt(await ask("list_jobs", { limit: 100 }), "items");
      const found = rows.map(({ project_id, job_id }) => `${project_id}/${job_id}`).sort();
      expect(found).toEqual(await definedJobs(dagster.url));
      const schedules = new Map(
        rows.map(({ project_id, job_id, schedule }) => [`${project_id}/${job_id}`, schedule]),
      );
      expect(schedules.get("harbour/count_boats")).toBe("* * * * *");
      expect(schedules.get("harbour/nightly_berths")).toBeNull();
      expect(schedules.get("quay/count_boats")).toBeNull();
    });

    test("assets are models, with what is said of them", async () => {
      const model = await get().ask("get_model", { model_id: "raw/berths" });
      expect(model).toMatchObject({
        unique_id: "asset:harbour:raw/berths",
        description: "The berths and how long they are.",
        owner: "berths",
        last_run_status: "success",
      });
      expect(model.tags).toEqual(
        expect.arrayContaining(["tier=bronze", "kind:python", "kind:duckdb", "group:raw"]),
      );
    });
  });

  describe("checks", () => {
    test.each([
      ["raw/berths", "lengths_are_positive", "pass"],
      ["raw/bookings", "few_duplicates", "warn"],
      ["clean_bookings", "every_booking_has_a_boat", "fail"],
      ["clean_bookings", "ends_after_it_begins", "pass"],
      ["occupancy", "below_full", "error"],
    ])("of %s, %s: %s", async (model_id, name, status) => {
      const model = await get().ask("get_model", { model_id });
      expect(listAt(model, "tests").find((one) => one.name === name)).toMatchObject({ status });
    });

    test("are counted by their last result", async () => {
      const dashboard = await get().ask("health_dashboard");
      const counts = { total: 6, pass: 2, warn: 1, fail: 1, error: 1, skipped: 0, unknown: 0, never_run: 1 };
      expect(objectAt(dashboard, "tests")).toEqual(counts);
    });
  });

  describe("freshness", () => {
    test("is the verdict of the server", async () => {
      const { dagster, ask } = get();
      const words: Record<string, string> = {
        HEALTHY: "pass",
        WARNING: "warn",
        DEGRADED: "error",
        UNKNOWN: "unchecked",
      };
      const data = await askServer(
        dagster.url,
        "{ assetNodes { assetKey { path } freshnessStatusInfo { freshnessStatus } } }",
      );
      const verdicts = listAt(data, "assetNodes").filter((node) => node.freshnessStatusInfo !== null);
      expect(verdicts.length).toBeGreaterThan(4);
      for (const node of verdicts) {
        const { path } = objectAt(node, "assetKey");
        const model_id = Array.isArray(path) ? path.join("/") : "";
        const verdict = String(objectAt(node, "freshnessStatusInfo").freshnessStatus);
        const model = await ask("get_model", { model_id });
        const own = objectAt(objectAt(model, "freshness"), "own");
        expect([model_id, own.status]).toEqual([model_id, words[verdict]]);
      }
    });

    test("what was made without the webserver counts as made", async () => {
      const model = await get().ask("get_model", { model_id: "fuel_sales" });
      expect(model).toMatchObject({ last_run_status: "success", runs_counted: 1 });
      expect(objectAt(objectAt(model, "freshness"), "own")).toMatchObject({ status: "error" });
    });
  });

  describe("the dashboard", () => {
    const alerts = async () => listAt(await get().ask("health_dashboard", { limit: 100 }), "alerts");

    test.each([
      ["broken", /does not load: ImportError: The dredger's charts are not installed\./],
      ["lost_almanac", /schedule.*failed: FileNotFoundError: There is no almanac\./],
      ["foghorn", /sensor.*failed: ValueError: invalid literal for int\(\) with base 10: 'thick fog'/],
      ["SCHEDULER", /daemon/],
      ["every_booking_has_a_boat", /fails/],
      ["below_full", /LookupError: Nobody knows how many berths there are\./],
      ["harbour.hull_surveys", /ZeroDivisionError: division by zero/],
      ["harbour.collect_fees.charge_cards", /KeyError: 'gate 3'/],
    ])("names %s", async (subject, reason) => {
      const alert = (await alerts()).find((one) => one.subject === subject);
      expect(alert).toMatchObject({ severity: "critical", reason: expect.stringMatching(reason) });
    });

    test("puts trouble of the deployment itself among what to see to first", async () => {
      const { see_to_first } = await get().ask("health_dashboard");
      expect(String(see_to_first)).toMatch(/broken: .*The dredger's charts are not installed/);
    });

    test("does not name what somebody has cancelled, what was skipped, or what is in order", async () => {
      const subjects = (await alerts()).map(({ subject }) => String(subject));
      for (const calm of [
        "await_high_water",
        "out_of_season",
        "buoy",
        "every_minute",
        "survey_basin",
        "lower_line",
      ])
        expect(subjects.filter((subject) => subject.includes(calm))).toEqual([]);
    });

    test("a check is no model", async () => {
      const rows = listAt(await get().ask("list_models", { limit: 100 }), "items");
      const checks = rows.filter(({ model_id }) => /below_full|lengths_are_positive/.test(String(model_id)));
      expect(checks).toEqual([]);
    });

    test("what ran in another location of a job of the same name is known", async () => {
      const model = await get().ask("get_model", { model_id: "count_bollards" });
      expect(model).toMatchObject({ project_id: "quay", last_run_status: "success" });
    });
  });
}

/** Jobs that somebody has defined, as `location/job`. */
async function definedJobs(url: string): Promise<string[]> {
  const query =
    "{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } jobs { name } } } } }";
  const nodes = listAt(objectAt(await askServer(url, query), "repositoriesOrError"), "nodes");
  return nodes
    .flatMap((node) => listAt(node, "jobs").map(({ name }) => `${objectAt(node, "location").name}/${name}`))
    .filter((name) => !name.includes("/__"))
    .sort();
}
