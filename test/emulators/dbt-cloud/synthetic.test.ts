import { describe, expect, it } from "vitest";
import { addRun, deleteJob, finishRun, removeModel, renameProject } from "./changes.ts";
import { type SyntheticOptions, syntheticWorld } from "./synthetic.ts";
import { parseTime } from "./times.ts";
import type { Run } from "./world.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const SMALL: SyntheticOptions = { projects: 2, jobs: 5, models: 40, days: 10, now: NOW };

interface Row {
  unique_id: string;
  status: string;
  execution_time: number;
  timing: { name: string; started_at: string; completed_at: string }[];
}

function read(run: Run | undefined, path: string) {
  return JSON.parse(run?.steps.at(-1)?.artifact(path) ?? "null");
}

const rows = (run: Run | undefined): Row[] => read(run, "run_results.json").results;
const modelsIn = (run: Run | undefined) => rows(run).filter(({ unique_id: id }) => id.startsWith("model."));

describe("a synthetic world", () => {
  const world = syntheticWorld(SMALL);
  const nightly = world.jobs.filter((job) => job.name === "Nightly build");

  it("is the same whenever it is made, and another with another seed", () => {
    const text = (seed?: number) => {
      const made = syntheticWorld(seed === undefined ? SMALL : { ...SMALL, seed });
      const { runs } = made;
      return JSON.stringify([made.jobs, runs.map(({ steps: _, ...run }) => run), rows(runs[7])]);
    };
    expect(text()).toBe(text());
    expect(text(2)).not.toBe(text());
  });

  it("has as many projects, jobs, models and days as were asked for", () => {
    expect([world.projects.length, world.jobs.length, nightly.length]).toEqual([2, 5, 2]);
    const models = [...world.dbtProjects.values()].flatMap(({ nodes }) =>
      nodes.filter(({ type }) => type === "model"),
    );
    expect(models).toHaveLength(40);
    expect(new Set(models.map(({ id }) => id)).size).toBe(40);
    expect(world.runs).toHaveLength(50);
    expect(Math.max(...world.runs.map(({ finishedAt }) => finishedAt ?? 0))).toBeLessThan(NOW);
    const ids = world.runs.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
  });

  it("builds everything at night and by tag in the smaller jobs", () => {
    const [job] = nightly;
    const run = world.runs.find((one) => one.jobId === job?.id && one.status === 10);
    expect(modelsIn(run)).toHaveLength(20);
    expect(rows(run).filter(({ unique_id: id }) => id.startsWith("test."))).toHaveLength(40);
    const small = world.jobs.find((one) => one.name === "Build finance" && one.projectId === job?.projectId);
    const subset = modelsIn(world.runs.find((one) => one.jobId === small?.id));
    const manifest = read(run, "manifest.json");
    expect(subset.length).toBeGreaterThan(0);
    expect(subset.length).toBeLessThan(20);
    for (const { unique_id: id } of subset) expect(manifest.nodes[id].tags).toEqual(["finance"]);
  });

  it("has manifests whose nodes know their parents", () => {
    const manifest = read(world.runs[0], "manifest.json");
    const known = new Set([...Object.keys(manifest.nodes), ...Object.keys(manifest.sources)]);
    const parents = Object.values<{ depends_on: { nodes: string[] } }>(manifest.nodes).flatMap(
      (node) => node.depends_on.nodes,
    );
    expect(parents.length).toBeGreaterThan(40);
    expect(parents.filter((id) => !known.has(id))).toEqual([]);
    const unlinked = [...known].filter((id) => !(id in manifest.parent_map));
    expect(unlinked).toEqual([]);
  });

  it("has times that fit: within the run, and a little longer than their span", () => {
    for (const run of world.runs.slice(0, 10)) {
      const { metadata, elapsed_time: elapsed } = read(run, "run_results.json");
      expect(parseTime(metadata.generated_at)).toBeCloseTo(run.finishedAt ?? 0, 2);
      expect((run.startedAt ?? 0) + elapsed * 1000).toBeCloseTo(run.finishedAt ?? 0, 2);
      for (const { timing, execution_time: seconds } of rows(run)) {
        const [first, last] = [timing[0], timing.at(-1)];
        if (first === undefined || last === undefined) continue;
        const [start, end] = [parseTime(first.started_at) ?? 0, parseTime(last.completed_at) ?? 0];
        expect(start).toBeGreaterThan(run.startedAt ?? 0);
        expect(end).toBeLessThan(run.finishedAt ?? 0);
        expect(seconds * 1000).toBeGreaterThan(end - start);
      }
    }
  });

  it("fails a run exactly where a node failed, and skips what is below", () => {
    const large = syntheticWorld({ ...SMALL, days: 60 });
    const failed = large.runs.filter(({ status }) => status === 20);
    expect(failed.length).toBeGreaterThan(3);
    const bad = (run: Run) => rows(run).filter(({ status }) => status === "error" || status === "fail");
    for (const run of large.runs) expect([run.id, bad(run).length > 0]).toEqual([run.id, run.status === 20]);
    const broken = failed.find((run) => bad(run).some((row) => row.unique_id.startsWith("model.")));
    const { parent_map: parents } = read(broken, "manifest.json");
    const status = new Map(rows(broken).map((row) => [row.unique_id, row.status]));
    for (const [id, state] of status) {
      const isBelow = parents[id].some((parent: string) =>
        ["error", "skipped"].includes(status.get(parent) ?? ""),
      );
      if (isBelow) expect([id, state]).toEqual([id, "skipped"]);
    }
  });
});

describe("changes of a world", () => {
  it("add runs at every stage and bring them to their end", () => {
    const world = syntheticWorld(SMALL);
    const jobId = world.jobs[0]?.id ?? 0;
    const newest = world.runs.at(-1)?.id ?? 0;
    const waiting = addRun(world, jobId, { stage: "queued", startedAt: NOW });
    expect(waiting).toMatchObject({ id: newest + 1, status: 1, startedAt: null, steps: [] });
    expect(world.version).toBe(1);
    finishRun(world, waiting.id, { stage: "running" });
    expect(world.runs.at(-1)).toMatchObject({ id: newest + 1, status: 3, finishedAt: null });
    finishRun(world, waiting.id);
    expect(world.runs.at(-1)).toMatchObject({ id: newest + 1, status: 10 });
    expect(modelsIn(world.runs.at(-1))).toHaveLength(20);
    expect(world.version).toBe(3);
    const stopped = addRun(world, jobId, { stage: "cancelled", startedAt: NOW, statusMessage: "Stopped" });
    expect(stopped).toMatchObject({ status: 30, statusMessage: "Stopped", finishedAt: NOW + 60_000 });
  });

  it("set how a node ends and what it takes", () => {
    const world = syntheticWorld(SMALL);
    const jobId = world.jobs[0]?.id ?? 0;
    const [first, second] = modelsIn(world.runs.find((run) => run.jobId === jobId)).map(
      (row) => row.unique_id,
    );
    const run = addRun(world, jobId, {
      startedAt: NOW,
      outcomes: { [second ?? ""]: "error" },
      seconds: { [first ?? ""]: 123.456 },
    });
    const of = (id: string | undefined) => rows(run).find((row) => row.unique_id === id);
    expect(run.status).toBe(20);
    expect(of(first)).toMatchObject({ status: "success", execution_time: 123.456 });
    expect(of(second)).toMatchObject({ status: "error" });
  });

  it("take what a test hands in as the artifacts", () => {
    const world = syntheticWorld(SMALL);
    const results = {
      metadata: { dbt_version: "1.11.4", generated_at: "2026-11-18T08:00:00.123456Z" },
      results: [{ unique_id: "model.division_1.x", status: "error" }],
      elapsed_time: 3,
    };
    const text = JSON.stringify(results);
    const run = addRun(world, world.jobs[0]?.id ?? 0, {
      startedAt: NOW,
      artifacts: { "run_results.json": text },
    });
    expect(run.steps.at(-1)?.artifact("run_results.json")).toBe(text);
    expect(run.steps.at(-1)?.paths).toEqual(["run_results.json"]);
    expect([run.status, run.finishedAt]).toEqual([20, parseTime(results.metadata.generated_at)]);
  });

  it("remove a model from later runs alone", () => {
    const world = syntheticWorld(SMALL);
    const jobId = world.jobs[0]?.id ?? 0;
    const before = addRun(world, jobId, { startedAt: NOW });
    const id = modelsIn(before)[0]?.unique_id ?? "";
    removeModel(world, id);
    const after = addRun(world, jobId, { startedAt: NOW + 60_000 });
    expect(id in read(before, "manifest.json").nodes).toBe(true);
    expect(JSON.stringify(read(after, "manifest.json"))).not.toContain(`"${id}"`);
    expect(modelsIn(after).map((row) => row.unique_id)).not.toContain(id);
    expect(after.gitSha).not.toBe(before.gitSha);
    expect(() => removeModel(world, id)).toThrow(id);
  });

  it("rename projects and delete jobs", () => {
    const world = syntheticWorld(SMALL);
    const [project, job] = [world.projects[0], world.jobs[0]];
    renameProject(world, project?.id ?? 0, "Renamed");
    deleteJob(world, job?.id ?? 0);
    expect([project?.name, job?.state, world.version]).toEqual(["Renamed", 2, 2]);
    expect(() => deleteJob(world, 1)).toThrow("no job 1");
  });
});
