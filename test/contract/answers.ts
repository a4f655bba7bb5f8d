/**
 * What every source has to answer, whatever it reads: each number recomputed from the demo's JSON files by the few
 * lines of `records.ts`. A source serves these files in its own way and names jobs and runs in its own way; a
 * `Side` tells which are which.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEMO_NOW } from "../demo.ts";
import { noneApart, trendOfJob, trendOfModel } from "../oracle/trend-records.ts";
import { healthAnswers } from "./health-answers.ts";
import { LACKS, type Lack } from "./lacks.ts";
import { chainOf, distances, timedResults } from "./lineage-records.ts";
import {
  builds,
  finishedRuns,
  freshness,
  type Invocation,
  invocations,
  lastRuntimes,
  type Model,
  manifest,
  mean,
  type Result,
  ranking as rankingAmong,
  models as recordedModels,
  tests as recordedTests,
  type TestNode,
  upstream,
} from "./records.ts";

interface Item {
  [field: string]: unknown;
}

/** The demo as one source, or several together, tell it. */
export interface Side {
  ask(operation: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The id of the run that wrote an invocation's artifacts. */
  runId(invocationId: string): string;
  /** The id of a job of `records.ts`: nightly, intraday, freshness or docs. */
  jobId(job: string): string;
  /** Every how many-th run is looked at one by one; all of them where it is left out. */
  sample?: number;
  close(): Promise<void>;
  /** What of `lacks.ts` this system has no word for; nothing where it is left out. */
  lacks?: ReadonlySet<Lack>;
  /** The demo in the words of a system that is not dbt's own; as the files say where it is left out. */
  told?: Told;
}

/** The demo as a system tells it that knows less of it than dbt, or more, and by other names. */
export interface Told {
  /** By their own model ids. */
  models: readonly Model[];
  tests: readonly TestNode[];
  /** The results that it has of a run. */
  results(run: Invocation): readonly Result[];
  /** What it calls a node, by dbt's unique id: in answers, and in the subject of an alert. */
  uniqueId(id: string): string;
  subject(id: string): string;
  /** The events that it recorded of these results, by type. */
  events(results: readonly Result[]): Readonly<Record<string, number>>;
}

/** The events that are derived from the results of dbt. */
function dbtEvents(results: readonly Result[]): Readonly<Record<string, number>> {
  const having = (...words: string[]) => results.filter((row) => words.includes(row.status)).length;
  return {
    STEP_SKIPPED: having("skipped"),
    STEP_FAILURE: having("error"),
    TEST_RESULT: results.filter(
      (row) => /^(unit_)?test\./.test(row.unique_id) && ["pass", "fail", "warn"].includes(row.status),
    ).length,
    // An exposure is a result that does nothing: it ends well.
    STEP_SUCCESS: having("success", "no-op"),
  };
}

/** Declares the tests for one side. */
export function answersAsTheFilesSay(name: string, open: () => Promise<Side>): void {
  describe(name, () => answers(open));
}

function answers(open: () => Promise<Side>): void {
  let demo: Side;
  beforeAll(async () => {
    demo = await open();
  });
  afterAll(() => demo.close());

  async function items(operation: string, input: Record<string, unknown> = {}): Promise<Item[]> {
    const { items: found } = await demo.ask(operation, input);
    if (!Array.isArray(found)) throw new Error(`${operation} is no list`);
    return found;
  }

  const lacks = (what: Lack) => demo.lacks?.has(what) ?? false;
  const models = () => demo.told?.models ?? recordedModels;
  const tests = () => demo.told?.tests ?? recordedTests;
  const resultsOf = (run: Invocation | undefined) =>
    run === undefined ? [] : (demo.told?.results(run) ?? run.results);
  const verdicts = () => (lacks("freshness of sources") ? new Map<string, string>() : freshness);
  const uniqueId = (id: string) => demo.told?.uniqueId(id) ?? id;
  const ranking = (n: number, which?: (model: Model) => boolean, of?: (row: Result) => boolean) =>
    rankingAmong(n, which, of, models());

  it("lacks nothing but what is listed with a reason", () => {
    for (const lack of demo.lacks ?? []) expect(LACKS[lack]).toMatch(/\w/);
  });

  const runIds = (of: readonly { id: string }[]) => new Set(of.map((run) => demo.runId(run.id)));

  /** Answers show milliseconds. */
  const seconds = (value: number) => expect.closeTo(value, 2.9);

  const expectRanking = (found: Item[], expected: { model_id: string; average: number; runs: number }[]) =>
    expect(found.map((item) => [item.model_id, item.average_runtime_s, item.runs_counted])).toEqual(
      expected.map((row) => [row.model_id, seconds(row.average), row.runs]),
    );

  describe("slowest_models", () => {
    it.each([1, 3, 10, 100])("averages the last %i successful runs", async (n) => {
      expectRanking(await items("slowest_models", { last_n_runs: n }), ranking(n).slice(0, 5));
    });

    it("applies tags, materialization and model ids before the top N", async () => {
      expectRanking(
        await items("slowest_models", { tags: ["finance"], slowest_n: 3, last_n_runs: 5 }),
        ranking(5, (model) => model.tags.includes("finance")).slice(0, 3),
      );
      expectRanking(
        await items("slowest_models", { materialization: "table", slowest_n: 2, last_n_runs: 5 }),
        ranking(5, (model) => model.materialization === "table").slice(0, 2),
      );
      const some = models()
        .slice(0, 4)
        .map((model) => model.model_id);
      expectRanking(
        await items("slowest_models", { model_ids: some, last_n_runs: 5 }),
        ranking(5, (model) => some.includes(model.model_id)),
      );
    });

    it("takes a tag with a comma as one tag", async () => {
      const tag = models()
        .flatMap((model) => model.tags)
        .find((candidate) => candidate.includes(","));
      expect(tag).toBeDefined();
      expectRanking(
        await items("slowest_models", { tags: [tag], slowest_n: 50 }),
        ranking(1, (model) => model.tags.includes(tag ?? "")),
      );
    });

    it("applies the bounds to the average that it shows", async () => {
      const all = ranking(10);
      // Just beyond two averages: what a system rounds to microseconds is not to fall out.
      const [low, high] = [(all[8]?.average ?? 0) - 1e-5, (all[2]?.average ?? 0) + 1e-5];
      expectRanking(
        await items("slowest_models", {
          last_n_runs: 10,
          slowest_n: 50,
          min_runtime: low,
          max_runtime: high,
        }),
        all.filter((row) => row.average >= low && row.average <= high),
      );
    });

    it.each(["nightly", "intraday"])("looks at the runs of job %s alone", async (job) => {
      expectRanking(
        await items("slowest_models", { job_id: demo.jobId(job), last_n_runs: 4 }),
        ranking(4, undefined, (row) => row.run.job === job).slice(0, 5),
      );
    });

    it("looks at one run alone", async () => {
      const run = builds.findLast((candidate) => candidate.job === "nightly");
      expectRanking(
        await items("slowest_models", { run_id: demo.runId(run?.id ?? ""), last_n_runs: 10 }),
        ranking(10, undefined, (row) => row.run.id === run?.id).slice(0, 5),
      );
    });

    it("keeps to the window", async () => {
      const [since, until] = [Date.parse("2026-11-01T00:00:00Z"), Date.parse("2026-11-08T00:00:00Z")];
      expectRanking(
        await items("slowest_models", { since: "2026-11-01", until: "2026-11-07", last_n_runs: 100 }),
        ranking(100, undefined, (row) => row.at >= since && row.at < until).slice(0, 5),
      );
    });

    it("knows last night, and local days", async () => {
      const night = [Date.parse("2026-11-17T18:00:00Z"), Date.parse("2026-11-18T09:00:00Z")] as const;
      expectRanking(
        await items("slowest_models", { since: "last night", last_n_runs: 100 }),
        ranking(100, undefined, (row) => row.at >= night[0] && row.at < night[1]).slice(0, 5),
      );
      const day = [Date.parse("2026-11-16T23:00:00Z"), Date.parse("2026-11-17T23:00:00Z")] as const;
      expectRanking(
        await items("slowest_models", { since: "yesterday", timezone: "Europe/Berlin", last_n_runs: 100 }),
        ranking(100, undefined, (row) => row.at >= day[0] && row.at < day[1]).slice(0, 5),
      );
    });
  });

  describe("get_models_with_runtime", () => {
    it("has every model, its averaged runs, and the others counted beside them", async () => {
      const found = await items("get_models_with_runtime", { limit: 1000 });
      expect(found.map((item) => item.model_id)).toEqual(
        models()
          .map((model) => model.model_id)
          .sort(),
      );
      for (const item of found) {
        const model = models().find((candidate) => candidate.model_id === item.model_id);
        if (model === undefined) throw new Error(`unexpected ${item.model_id}`);
        const runs = lastRuntimes(model, 5);
        expect(item.average_runtime_s).toEqual(runs.length === 0 ? null : seconds(mean(runs)));
        expect(item.runs_counted).toBe(runs.length);
        const oldest = model.results.filter((row) => row.status === "success")[runs.length - 1];
        const others = model.results.filter(
          (row) => row.status !== "success" && (oldest === undefined || row.at >= oldest.at),
        );
        const counted = new Map<string, number>();
        for (const row of others) counted.set(row.status, (counted.get(row.status) ?? 0) + 1);
        expect([item.model_id, item.not_counted]).toEqual([item.model_id, Object.fromEntries(counted)]);
        expect(item.last_run_status).toBe(model.results[0]?.status ?? null);
      }
    });
  });

  describe("lists", () => {
    it("list_models has the models of the newest manifest, page by page, each once", async () => {
      const seen: unknown[] = [];
      let cursor: unknown;
      do {
        const page = await demo.ask("list_models", { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.total).toBe(models().length);
        if (Array.isArray(page.items)) seen.push(...page.items.map((item) => item.model_id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(
        models()
          .map((model) => model.model_id)
          .sort(),
      );
    });

    it("list_runs has every invocation once, newest first", async () => {
      const found = await items("list_runs", { limit: 1000 });
      expect(found.length).toBe(invocations.length);
      expect(new Set(found.map((item) => item.run_id))).toEqual(runIds(invocations));
      const starts = found.map((item) => String(item.started_at));
      expect(starts).toEqual([...starts].sort().reverse());
    });

    it("list_runs tells failures from successes as dbt's exit code does", async () => {
      const failed = await items("list_runs", { limit: 1000, status: ["failure"] });
      const expected = invocations.filter(
        (run) =>
          (builds.includes(run) &&
            run.results.some((row) => ["error", "fail", "partial success"].includes(row.status))) ||
          run.freshness.some((row) => ["error", "runtime error"].includes(row.status)),
      );
      expect(new Set(failed.map((item) => item.run_id))).toEqual(runIds(expected));
    });

    it("list_runs of a model has the runs that executed it", async () => {
      const [model] = models().filter((candidate) => candidate.tags.includes("intraday"));
      const found = await items("list_runs", { limit: 1000, model_id: model?.model_id });
      expect(new Set(found.map((item) => item.run_id))).toEqual(
        runIds((model?.results ?? []).map((row) => row.run)),
      );
    });

    it("list_jobs has the three jobs, and only those that build a model where asked", async () => {
      expect((await items("list_jobs")).map((item) => item.job_id)).toEqual(
        expect.arrayContaining(["nightly", "intraday", "freshness"].map((job) => demo.jobId(job))),
      );
      const nightlyOnly = models().find(
        (model) => model.results.length > 0 && model.results.every((row) => row.run.job === "nightly"),
      );
      expect(
        (await items("list_jobs", { model_id: nightlyOnly?.model_id })).map((item) => item.job_id),
      ).toEqual([demo.jobId("nightly")]);
    });
  });

  describe("longest_running_jobs and get_job", () => {
    it.each([1, 5, 20])("averages the last %i finished runs", async (n) => {
      const found = await items("longest_running_jobs", { last_n_runs: n, longest_n: 10 });
      const expected = ["nightly", "intraday", "freshness", "docs"]
        .map((job) => ({
          job,
          runs: finishedRuns(job)
            .slice(0, n)
            .map((run) => run.elapsed),
        }))
        .sort((a, b) => mean(b.runs) - mean(a.runs));
      expect(found.map((item) => [item.job_id, item.average_job_runtime_s, item.runs_counted])).toEqual(
        expected.map(({ job, runs }) => [demo.jobId(job), seconds(mean(runs)), runs.length]),
      );
    });

    it("tells average_historical_model_runtime_s from average_model_runtime_s", async () => {
      // Over the job: each model's average over its last runs in the job, then the worst of those.
      const job = await demo.ask("get_job", { job_id: demo.jobId("nightly"), last_n_runs: 10, slowest_n: 3 });
      const worst = ranking(10, undefined, (row) => row.run.job === "nightly").slice(0, 3);
      expect(job.average_historical_model_runtime_s).toEqual(seconds(mean(worst.map((row) => row.average))));
      // Of one run: its own slowest models, whatever they took before.
      const latest = builds.findLast((run) => run.job === "nightly");
      const run = await demo.ask("get_run", { run_id: demo.runId(latest?.id ?? ""), slowest_n: 3 });
      const times = resultsOf(latest)
        .filter((row) => row.unique_id.startsWith("model.") && row.status === "success")
        .map((row) => row.runtime)
        .sort((a, b) => b - a);
      expect(run.average_model_runtime_s).toEqual(seconds(mean(times.slice(0, 3))));
      expect(job.average_historical_model_runtime_s).not.toEqual(
        expect.closeTo(Number(run.average_model_runtime_s), 2),
      );
    });
  });

  describe("get_run", () => {
    it("counts what every run built, failed, warned and skipped", { timeout: 120_000 }, async () => {
      for (const run of builds) {
        const found = await demo.ask("get_run", { run_id: demo.runId(run.id) });
        const results = resultsOf(run);
        const having = (...words: string[]) => results.filter((row) => words.includes(row.status)).length;
        expect({
          run: run.folder,
          models: found.model_count,
          failures: found.failure_count,
          warnings: found.warning_count,
          skipped: found.skipped_count,
          runtime: found.runtime_s,
          total: found.total_model_runtime_s,
        }).toEqual({
          run: run.folder,
          models: results.filter((row) => row.unique_id.startsWith("model.")).length,
          failures: having("error", "fail", "partial success"),
          warnings: having("warn"),
          skipped: having("skipped"),
          runtime: seconds(run.elapsed),
          total: expect.closeTo(
            results
              .filter((row) => row.unique_id.startsWith("model."))
              .reduce((sum, row) => sum + row.runtime, 0),
            1.5,
          ),
        });
      }
    });

    it("says which chain determined the end of the last nightly build", async () => {
      const run = builds.findLast((candidate) => candidate.job === "nightly");
      if (run === undefined) throw new Error("there is no nightly build");
      const { critical_path: path } = await demo.ask("get_run", { run_id: demo.runId(run.id) });
      const steps = listOf(path, "steps");
      if (lacks("timings of dbt")) {
        // Whatever the platform adds between two steps, the slowest model is on the path, and last.
        const slowest = ranking(1, undefined, (row) => row.run.id === run.id)[0];
        expect(steps.at(-1)).toMatchObject({ model_id: slowest?.model_id, resource_type: "model" });
        return;
      }
      const chain = chainOf(timedResults(run), manifest.parent_map);
      expect(countOf(path, "step_count")).toBe(chain.length);
      const names = chain.map(({ id }) => id.replace(/^\w+\./, "").replace(/\.[0-9a-f]{10}$/, ""));
      expect(names).toEqual(expect.arrayContaining(steps.map((step) => step.model_id)));
    });

    it("gives the error in its own words", async () => {
      const run = builds.find((candidate) =>
        candidate.results.some((row) => row.status === "error" && row.unique_id.startsWith("model.")),
      );
      const broken = run?.results.find((row) => row.status === "error" && row.unique_id.startsWith("model."));
      const found = await demo.ask("get_run", { run_id: demo.runId(run?.id ?? "") });
      const words = broken?.message ?? "";
      expect(words).not.toBe("");
      expect(found.failures).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            unique_id: uniqueId(broken?.unique_id ?? ""),
            // The words may stand in others, of the system that ran dbt.
            message: lacks("plain errors of dbt") ? expect.stringContaining(words) : words,
          }),
        ]),
      );
    });
  });

  describe("get_runtime_trend", () => {
    const [until, day] = [Date.parse(DEMO_NOW), 86_400_000];
    const since = until - 14 * day;
    const apart = () => (lacks("full refreshes") ? noneApart : undefined);

    it("has the figures of models, and the slow runs among them", { timeout: 120_000 }, async () => {
      for (const model of models().filter((candidate) => candidate.results.length > 0)) {
        const found = await demo.ask("get_runtime_trend", { model_id: model.model_id });
        const expected = trendOfModel(model, since, until, apart());
        const { runs, failures, p50 } = expected;
        expect({ model: model.model_id, period: found.period }).toMatchObject({
          model: model.model_id,
          period: { runs, failures, p50_s: p50 === null ? null : seconds(p50) },
        });
        expect(found.anomalies).toHaveLength(expected.anomalies.length);
      }
    });

    it("has those of a job, and names what made it slower", async () => {
      const found = await demo.ask("get_runtime_trend", { job_id: demo.jobId("nightly") });
      const { runs, failures, p50 } = trendOfJob("nightly", since, until, apart());
      expect(found.period).toMatchObject({ runs, failures, p50_s: seconds(p50 ?? 0) });
      const slower = models().find((model) => model.unique_id.endsWith("fct_station_occupancy"));
      const changes = expect.arrayContaining([expect.objectContaining({ subject: slower?.model_id })]);
      const first = lacks("full refreshes") ? /^2026-11-09T10/ : /^2026-11-10T02/;
      expect(found.since_when).toMatchObject({ at: expect.stringMatching(first), changes });
    });
  });

  describe("get_run_events", () => {
    const skipping = () => builds.find((run) => run.results.some((row) => row.status === "skipped"));

    it("has a start and an end for all that ran, and an event for every skip", async () => {
      const run = skipping();
      const events = await items("get_run_events", { run_id: demo.runId(run?.id ?? ""), limit: 1000 });
      // A source that keeps a log has more to tell than the results do.
      const all = demo.told === undefined ? events.filter((event) => event.derived === true) : events;
      const expected = (demo.told?.events ?? dbtEvents)(resultsOf(run));
      const of = (type: string) => all.filter((event) => event.event_type === type).length;
      expect(Object.fromEntries(Object.keys(expected).map((type) => [type, of(type)]))).toEqual(expected);
    });
  });

  describe("get_model", () => {
    it("has the SQL where it is asked for, or says why not", async () => {
      const [model] = models();
      const found = await demo.ask("get_model", { model_id: model?.model_id, include: ["sql"] });
      if (lacks("SQL")) {
        expect(found).toMatchObject({ raw_sql: null, compiled_sql: null });
        expect(JSON.stringify(found)).toContain("The SQL could not be read");
      } else expect(found.raw_sql).toMatch(/select/i);
    });
  });

  describe("get_lineage", () => {
    /** Nodes by dbt's id that the side knows, with the distance from `from`, looking through what it does not know. */
    const walk = (from: string, map: Record<string, string[]>) => {
      const known = new Set([...models(), ...tests()].map((node) => node.unique_id));
      const isKnown = (id: string) =>
        known.has(id) || (!lacks("exposures") && id.startsWith("exposure.")) || id.startsWith("source.");
      const isThere = (id: string) => isKnown(id) || !lacks("models without a table");
      const next = (id: string): string[] =>
        (map[id] ?? [])
          .filter((other) => !(lacks("seeds and snapshots") && /^(seed|snapshot)\./.test(other)))
          .flatMap((other) => (isThere(other) ? [other] : next(other)));
      return distances(from, next);
    };
    const ids = new Map<string, Model>();
    const modelIds = (ofIds: Iterable<string>) =>
      [...ofIds].flatMap((id) => ids.get(id)?.model_id ?? []).sort();

    it("meets, of every model, all models below and above it with their distances", async () => {
      for (const model of models()) ids.set(model.unique_id, model);
      for (const model of models().filter(({ unique_id }) => manifest.nodes[unique_id] !== undefined)) {
        const found = await demo.ask("get_lineage", {
          model_id: model.model_id,
          include: ["healthy"],
          limit: 1000,
        });
        for (const [side, map] of [
          ["upstream", manifest.parent_map],
          ["downstream", manifest.child_map],
        ] as const) {
          const met = walk(model.unique_id, map);
          const listed = listOf(found[side], "models");
          expect([side, model.model_id, listed.map((one) => one.model_id).sort()]).toEqual([
            side,
            model.model_id,
            modelIds(met.keys()),
          ]);
          expect(countOf(found[side], "model_count")).toBe(modelIds(met.keys()).length);
          const expected = new Map([...met].map(([id, distance]) => [ids.get(id)?.model_id, distance]));
          for (const one of listed) expect(one.distance).toBe(expected.get(String(one.model_id)));
        }
      }
    });

    it("counts tests and exposures below, and the sources above, apart from models", async () => {
      for (const model of models().filter(({ unique_id }) => manifest.nodes[unique_id] !== undefined)) {
        const found = await demo.ask("get_lineage", { model_id: model.model_id });
        const below = new Set([model.unique_id, ...walk(model.unique_id, manifest.child_map).keys()]);
        const reads = (test: TestNode) =>
          lacks("tests of other nodes") ? [test.model ?? ""] : manifest.parent_map[test.unique_id];
        const hit = tests().filter(
          (test) => test.unique_id.startsWith("test.") && reads(test).some((id: string) => below.has(id)),
        );
        const exposures = [...below].filter((id) => id.startsWith("exposure."));
        const above = [...walk(model.unique_id, manifest.parent_map).keys()];
        expect([
          model.model_id,
          countOf(found.downstream, "test_count"),
          countOf(found.downstream, "exposure_count"),
          lacks("seeds and snapshots") ? null : countOf(found.upstream, "source_count"),
        ]).toEqual([
          model.model_id,
          hit.length,
          exposures.length,
          lacks("seeds and snapshots") ? null : above.filter((id) => id.startsWith("source.")).length,
        ]);
      }
    });

    it("begins at every node that failed in a run", async () => {
      const run = builds.findLast((one) => one.results.some((row) => row.status === "error"));
      const bad = resultsOf(run).filter((row) => ["error", "fail", "partial success"].includes(row.status));
      const about = (id: string) => tests().find((test) => test.unique_id === id)?.model ?? id;
      const found = await demo.ask("get_lineage", { run_id: demo.runId(run?.id ?? "") });
      expect(new Set(listOf(found, "roots").map((root) => root.model_id))).toEqual(
        new Set(modelIds(bad.map((row) => about(row.unique_id)))),
      );
    });
  });

  const failing = (test: TestNode) =>
    test.last?.status === "error" || (test.last?.status === "fail" && test.severity !== "warn");
  const stale = ["warn", "error", "runtime_error"];

  /** The rule of the docs, on the files alone. */
  function health(model: Model): string {
    const own = tests().filter((test) => test.model === model.unique_id);
    const last = model.results[0]?.status;
    const built = model.materialization !== "ephemeral";
    if ((built && last === "error") || own.some(failing)) return "critical";
    if (built && last === "skipped") return "blocked";
    const sources = [...upstream(model.unique_id)].filter((id) => id.startsWith("source."));
    if (
      own.some((test) => test.last?.status === "warn") ||
      sources.some((id) => stale.includes(verdicts().get(id) ?? "pass"))
    )
      return "warning";
    if (built && last === undefined) return "unknown";
    return "healthy";
  }

  healthAnswers({ side: () => demo, items, models, tests, verdicts, health });

  describe("health_dashboard and get_model", () => {
    it("counts models by health, tests by result and sources by freshness", async () => {
      const found = await demo.ask("health_dashboard");
      const tally = (words: string[]) =>
        Object.fromEntries(
          [...new Set(words)].map((word) => [word, words.filter((other) => other === word).length]),
        );
      expect(found.models).toMatchObject({ total: models().length, ...tally(models().map(health)) });
      const ran = tests().filter((test) => test.last !== undefined);
      expect(found.tests).toMatchObject({
        total: tests().length,
        never_run: tests().length - ran.length,
        ...tally(ran.map((test) => test.last?.status ?? "")),
      });
      expect(found.freshness).toMatchObject(tally([...verdicts().values()]));
      expect(found.as_of).toBe(new Date(DEMO_NOW).toISOString());
    });

    it("judges every model so", async () => {
      for (const model of models()) {
        const found = await demo.ask("get_model", { model_id: model.model_id });
        expect([model.model_id, found.health_status]).toEqual([model.model_id, health(model)]);
      }
    });

    it("has an alert for every failing test, every broken model and every stale source", async () => {
      const { alerts } = await demo.ask("health_dashboard", { limit: 1000 });
      const subjects = new Set(Array.isArray(alerts) ? alerts.map((alert) => alert.subject) : []);
      const names = (id: string) => manifest.nodes[id]?.name ?? manifest.unit_tests[id]?.name;
      for (const test of tests().filter(failing)) expect(subjects).toContain(names(test.unique_id));
      for (const model of models().filter((candidate) => candidate.results[0]?.status === "error"))
        expect(subjects).toContain(model.model_id);
      for (const [id, status] of verdicts())
        if (stale.includes(status))
          expect(subjects).toContain(
            demo.told?.subject(id) ?? `${manifest.sources[id].source_name}.${manifest.sources[id].name}`,
          );
    });
  });
}

/** A list within an answer, or within a part of it. */
function listOf(part: unknown, name: string): Item[] {
  const list = typeof part === "object" && part !== null ? Reflect.get(part, name) : undefined;
  if (!Array.isArray(list)) throw new Error(`there is no list ${name}`);
  return list;
}

/** A number within a part of an answer. */
function countOf(part: unknown, name: string): number {
  const count = typeof part === "object" && part !== null ? Reflect.get(part, name) : undefined;
  if (typeof count !== "number") throw new Error(`there is no number ${name}`);
  return count;
}
