/** The part of the contract about health: models, tests and sources, one by one. */
import { describe, expect, it } from "vitest";
import { DEMO_NOW } from "../demo.ts";
import type { Side } from "./answers.ts";
import {
  freshnessAt,
  type Model,
  manifest,
  type Result,
  sourceResults,
  type TestNode,
  upstream,
} from "./records.ts";

/** A side with what the files say of it; read when a test runs. */
export interface Told {
  side(): Side;
  items(operation: string, input?: Record<string, unknown>): Promise<{ [field: string]: unknown }[]>;
  models(): readonly Model[];
  tests(): readonly TestNode[];
  /** Verdicts on sources, by dbt's unique id. */
  verdicts(): ReadonlyMap<string, string>;
  health(model: Model): string;
}

const nameOf = (id: string): string => manifest.nodes[id]?.name ?? manifest.unit_tests[id]?.name;
const byFirst = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
const isFailure = (status: string | undefined) => status === "fail" || status === "error";

/** Declares the tests. */
export function healthAnswers({ side, items, models, tests, verdicts, health }: Told): void {
  const testsOn = (model: Model) => tests().filter((test) => test.model === model.unique_id);

  describe("get_model_health", () => {
    /** Tests that Paradime's rule counts for a model: those that depend on it, but unit tests. */
    const dependentTests = (model: Model) =>
      side().lacks?.has("tests of other nodes")
        ? testsOn(model)
        : tests().filter(
            ({ unique_id, parents }) => unique_id.startsWith("test.") && parents.includes(model.unique_id),
          );

    /** Paradime's rule, on the results for which `of` is true. */
    function compat(model: Model, of: (row: Result) => boolean = () => true): string | null {
      const last = model.results.find(of);
      if (last === undefined) return null;
      if (last.status === "error") return "Critical";
      const failed = dependentTests(model).some(({ results }) => {
        const row = results.find(of);
        return (
          row !== undefined && (row.run.id === last.run.id || row.at >= last.at) && isFailure(row.status)
        );
      });
      return failed ? "Warning" : "Healthy";
    }

    it("has every model with its word of health and Paradime's, the worst first", async () => {
      const { counts } = await side().ask("get_model_health", { limit: 1000 });
      const found = await items("get_model_health", { limit: 1000 });
      expect(
        found.map((item) => [item.model_id, item.health_status, item.compat_status]).sort(byFirst),
      ).toEqual(
        models()
          .map((model) => [model.model_id, health(model), compat(model)])
          .sort(byFirst),
      );
      const words = ["critical", "blocked", "warning", "unknown", "healthy"];
      const places = found.map((item) => words.indexOf(String(item.health_status)));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      const times = (word: string) => models().filter((model) => health(model) === word).length;
      expect(counts).toEqual({
        total: models().length,
        ...Object.fromEntries(words.map((word) => [word, times(word)])),
      });
    });

    it("counts the tests of each, and tells its last result", async () => {
      const byId = new Map(models().map((model) => [model.model_id, model]));
      for (const item of await items("get_model_health", { limit: 1000 })) {
        const model = byId.get(String(item.model_id));
        if (model === undefined) throw new Error(`unexpected ${item.model_id}`);
        const last = testsOn(model).map((test) => test.last?.status ?? "never ran");
        const having = (...statuses: string[]) => last.filter((status) => statuses.includes(status)).length;
        expect(item).toMatchObject({
          model_id: model.model_id,
          last_run_status: model.results[0]?.status ?? null,
          tests_total: last.length,
          tests_passed: having("pass"),
          tests_failed: having("fail", "error"),
          tests_warned: having("warn"),
          tests_not_run: having("skipped", "never ran"),
        });
      }
    });

    it("keeps to models with failing tests, to words of health and to a job", async () => {
      const ids = (found: readonly { model_id?: unknown }[]) => found.map((item) => item.model_id).sort();
      const withFailing = models().filter((model) =>
        testsOn(model).some((test) => isFailure(test.last?.status)),
      );
      expect(withFailing.length).toBeGreaterThan(0);
      expect(ids(await items("get_model_health", { failing_tests: true }))).toEqual(ids(withFailing));
      const status = ["critical", "blocked"];
      expect(ids(await items("get_model_health", { status }))).toEqual(
        ids(models().filter((model) => status.includes(health(model)))),
      );
      for (const job of ["nightly", "intraday"]) {
        const of = (row: Result) => row.run.job === job;
        const found = await items("get_model_health", { job_id: side().jobId(job), limit: 1000 });
        expect(found.map((item) => [item.model_id, item.compat_status]).sort(byFirst)).toEqual(
          models()
            .filter((model) => model.results.some(of))
            .map((model) => [model.model_id, compat(model, of)])
            .sort(byFirst),
        );
      }
    });
  });

  describe("get_test_results", () => {
    it("has what failed, and of all how they ended and how often they failed", async () => {
      const failed = tests().filter((test) => isFailure(test.last?.status));
      expect((await items("get_test_results")).map((item) => item.name).sort()).toEqual(
        failed.map((test) => nameOf(test.unique_id)).sort(),
      );
      const found = await items("get_test_results", { failed_only: false, limit: 1000 });
      expect(
        found
          .map((item) => [item.name, item.status, item.runs_counted, item.fail_count, item.warn_count])
          .sort(byFirst),
      ).toEqual(
        tests()
          .map(({ unique_id, last, results }) => {
            const counted = results.filter((row) => row.status !== "skipped").slice(0, 5);
            const failures = counted.filter((row) => isFailure(row.status)).length;
            const warnings = counted.filter((row) => row.status === "warn").length;
            return [nameOf(unique_id), last?.status ?? "unknown", counted.length, failures, warnings];
          })
          .sort(byFirst),
      );
    });

    it("says of what a test is, and how many rows failed", async () => {
      const ids = new Map(models().map((model) => [model.unique_id, model.model_id]));
      const found = await items("get_test_results", { status: ["fail", "warn"] });
      expect(found.map((item) => [item.name, item.model_id, item.failures]).sort(byFirst)).toEqual(
        tests()
          .filter(({ last }) => last?.status === "fail" || last?.status === "warn")
          .map(({ unique_id, model, last }) => [nameOf(unique_id), ids.get(model ?? ""), last?.failures])
          .sort(byFirst),
      );
    });

    it("has the last results of a job, or of a day", async () => {
      const failing = (of: (row: Result) => boolean) =>
        tests()
          .filter(({ results }) => isFailure(results.find(of)?.status))
          .map(({ unique_id }) => nameOf(unique_id))
          .sort();
      const asked = async (input: object) =>
        (await items("get_test_results", { limit: 1000, ...input })).map((item) => item.name).sort();
      for (const job of ["nightly", "intraday"])
        expect(await asked({ job_id: side().jobId(job) })).toEqual(failing((row) => row.run.job === job));
      const [since, until] = [Date.parse("2026-10-26T00:00:00Z"), Date.parse("2026-10-27T00:00:00Z")];
      const ofDay = failing((row) => row.at >= since && row.at < until);
      expect(ofDay.length).toBeGreaterThan(0);
      expect(await asked({ since: "2026-10-26", until: "2026-10-26" })).toEqual(ofDay);
    });
  });

  describe("get_source_freshness", () => {
    const now = Date.parse(DEMO_NOW);
    const subject = (id: string): string =>
      side().told?.subject(id) ?? `${manifest.sources[id].source_name}.${manifest.sources[id].name}`;
    const checks = () =>
      [...verdicts()].map(([id, status]) => {
        const row = sourceResults.get(id);
        if (row === undefined) throw new Error(`no row of ${id}`);
        return { id, status, age: now - Date.parse(row.max_loaded_at ?? ""), now: freshnessAt(row, now) };
      });

    it("has the verdict on every source, what that comes to now, and what depends on it", async () => {
      const found = new Map(
        (await items("get_source_freshness", { limit: 1000 })).map((item) => [item.name, item]),
      );
      expect([...found.keys()].sort()).toEqual(
        checks()
          .map(({ id }) => subject(id))
          .sort(),
      );
      for (const { id, status, age, now } of checks()) {
        expect(found.get(subject(id))).toMatchObject({
          status,
          status_now: now,
          age_s: side().lacks?.has("age of sources") ? null : expect.closeTo(age / 1000, 2.9),
          dependent_models: models().filter((model) => upstream(model.unique_id).has(id)).length,
        });
      }
    });

    it("keeps to what is stale now", async () => {
      const stale = await items("get_source_freshness", { status: ["warn", "error"], limit: 1000 });
      expect(stale.map((item) => item.name).sort()).toEqual(
        checks()
          .flatMap((check) => (check.now === "pass" ? [] : [subject(check.id)]))
          .sort(),
      );
    });
  });
}
