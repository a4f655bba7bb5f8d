/** The same questions of artifacts that every dbt since 1.0 really wrote, held against the files by plain code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, openArtifacts } from "../demo.ts";

const ROOT = join(import.meta.dirname, "../fixtures/dbt-versions");
const VERSIONS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface Row {
  unique_id: string;
  status: string;
  execution_time: number;
  timing: { completed_at: string }[];
}
interface RunResults {
  metadata: { invocation_id: string; generated_at: string };
  args: { which: string };
  results: Row[];
}

/** All run_results of a version, by folder. */
function runResults(version: string): Map<string, RunResults> {
  const folders = readdirSync(join(ROOT, version)).filter((folder) =>
    existsSync(join(ROOT, version, folder, "run_results.json")),
  );
  return new Map(
    folders.map((folder) => [
      folder,
      JSON.parse(readFileSync(join(ROOT, version, folder, "run_results.json"), "utf8")),
    ]),
  );
}

const isTiming = (run: RunResults) => ["build", "run", "seed", "snapshot"].includes(run.args.which);

describe.each(VERSIONS)("artifacts of dbt %s", (version) => {
  const files = runResults(version);
  let app: Demo;
  beforeAll(() => {
    // The run history in Parquet has runs that no JSON file has; it has tests of its own.
    const folders = readdirSync(join(ROOT, version)).filter((folder) => folder !== "metadata");
    app = openArtifacts(
      folders.map((folder) => join(ROOT, version, folder)),
      Date.parse("2026-12-01T00:00:00Z"),
    );
  });
  afterAll(() => app.close());

  async function items(name: string, input: Record<string, unknown> = {}) {
    const { items: found } = await app.ask(name, { limit: 1000, ...input });
    if (!Array.isArray(found)) throw new Error(`${name} is no list`);
    return found;
  }

  // Two of the folders carry the platform's variables: the same project in another environment.
  const local = { environment: "default" };

  it("has the models of the manifest, without the disabled one", async () => {
    const manifest: { nodes: Record<string, { resource_type: string }> } = JSON.parse(
      readFileSync(join(ROOT, version, "build/manifest.json"), "utf8"),
    );
    const expected = Object.keys(manifest.nodes).filter((id) => id.startsWith("model."));
    expect((await items("list_models", local)).map((model) => model.unique_id).sort()).toEqual(
      expected.sort(),
    );
  });

  it("has every invocation as a run, and the two commands of one run together", async () => {
    const runs = [
      ...(await items("list_runs", local)),
      ...(await items("list_runs", { environment: "Production" })),
    ];
    const ids = new Set([...files.values()].map((run) => run.metadata.invocation_id));
    for (const id of runs.map((run) => run.run_id).filter((run) => run !== "9001")) ids.delete(id);
    // What is left belongs to the run that carries an id of its own.
    const own = ["cloud-run", "cloud-test"].map((folder) => files.get(folder)?.metadata.invocation_id);
    expect([...ids].sort()).toEqual(own.sort());
    const run = runs.find((candidate) => candidate.run_id === "9001");
    expect(run?.commands).toHaveLength(2);
    expect(run?.commands[0]).toContain("run");
    expect(run?.commands[1]).toContain("test");
  });

  it("averages successful builds and nothing else", async () => {
    const found = await items("get_models_with_runtime", { last_n_runs: 100, ...local });
    for (const model of found) {
      const times = [...files]
        .filter(([folder, run]) => !["cloud-run", "cloud-test"].includes(folder) && isTiming(run))
        .map(([, run]) => run)
        .flatMap((run) => run.results)
        .filter((row) => row.unique_id === model.unique_id && row.status === "success")
        .map((row) => row.execution_time);
      const mean = times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0) / times.length;
      expect([model.unique_id, model.runs_counted, model.average_runtime_s]).toEqual([
        model.unique_id,
        times.length,
        mean === null ? null : expect.closeTo(mean, 2.9),
      ]);
    }
  });

  it("finds the broken model, blocks what hangs on it, and does not blame the ephemeral one", async () => {
    const health = async (name: string) =>
      (await app.ask("get_model", { model_id: name, ...local })).health_status;
    expect(await health("order_ratio")).toBe("critical");
    expect(await health("order_ratio_daily")).toBe("blocked");
    expect(["healthy", "warning"]).toContain(await health("int_orders"));
  });

  it("tells what failed in the build, in the words of the error", async () => {
    const build = files.get("build");
    const run = await app.ask("get_run", { run_id: build?.metadata.invocation_id });
    const bad = (build?.results ?? []).filter((row) =>
      ["error", "fail", "partial success"].includes(row.status),
    );
    expect(run.failure_count).toBe(bad.length);
    const broken = Array.isArray(run.failures)
      ? run.failures.find((failure) => failure.name === "order_ratio")
      : undefined;
    expect(broken?.message).toMatch(/[Cc]onver|[Cc]ast/);
    expect(broken?.blocked_count).toBeGreaterThan(0);
  });

  it("reads every file without complaint", async () => {
    const { source } = await app.ask("health_dashboard");
    expect(source).toMatchObject({ complete: true, notes: [] });
  });
});
