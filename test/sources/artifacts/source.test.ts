import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifactsSource } from "../../../src/sources/artifacts/source.ts";
import { KeptLoad, manifest, model, newFolder, put, result, runResults, sources, sync } from "./support.ts";

const never = new AbortController().signal;

function revisionOf(paths: string[], options: object = {}): Promise<string | undefined> {
  const source = createArtifactsSource({ paths, ...options });
  return Promise.resolve(source.revision?.({ key: "artifacts", need: { facts: [] } }, never));
}

const ids = (load: KeptLoad): string[] =>
  load.invocations().map(({ invocation }) => invocation.invocation_id);

describe("a folder of artifacts", () => {
  it("is one scope whatever is asked, with one revision", async () => {
    const folder = newFolder();
    put(folder, "run_results.json", runResults());
    const source = createArtifactsSource({ paths: [folder], id: "mine" });
    expect(source.ref).toEqual({ id: "mine", system: "artifacts" });
    expect(source.scopes({ facts: ["jobs"] })).toEqual(
      source.scopes({ facts: ["lineage"], project_ids: ["x"] }),
    );
    const { outcome } = await sync({ paths: [folder], id: "mine" });
    expect(outcome).toEqual({
      revision: await revisionOf([folder], { id: "mine" }),
      watermark: null,
      complete: true,
      notes: [],
    });
  });

  it("is named by its real path, not by the way there", () => {
    const folder = newFolder();
    mkdirSync(join(folder, "target"));
    symlinkSync(join(folder, "target"), join(folder, "link"));
    const direct = createArtifactsSource({ paths: [join(folder, "target")] });
    expect(createArtifactsSource({ paths: [join(folder, "link")] }).ref.id).toBe(direct.ref.id);
  });

  it("is read as a tree of archived ones, with any file names", async () => {
    const folder = newFolder();
    put(folder, "2026/11/19/run-17.json", runResults({ id: "a", at: "2026-11-19T02:00:00Z" }));
    put(folder, "2026/11/20/nightly/run_results.json", runResults({ id: "b", at: "2026-11-20T02:00:00Z" }));
    put(folder, "2026/11/20/defs.json", manifest(model("orders"), { id: "m" }));
    put(folder, "2026/11/20/fresh.json", sources({ id: "c" }));
    const { load, outcome } = await sync({ paths: [folder] });
    expect(ids(load)).toEqual(["b", "a", "c"]);
    expect(load.definitions()).toHaveLength(1);
    expect(outcome.notes).toEqual([]);
  });

  it("may be several, and a file that is in two of them counts once", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults({ id: "a" }));
    put(folder, "b/run_results.json", runResults({ id: "b" }));
    const { load } = await sync({
      paths: [folder, join(folder, "a"), join(folder, "b", "run_results.json")],
    });
    expect(ids(load).sort()).toEqual(["a", "b"]);
  });

  it("hands over the newest runs first", async () => {
    const folder = newFolder();
    for (const day of ["18", "20", "19"]) {
      put(folder, `${day}/run_results.json`, runResults({ id: day, at: `2026-11-${day}T02:00:00Z` }));
    }
    const { load } = await sync({ paths: [folder] });
    expect(ids(load)).toEqual(["20", "19", "18"]);
  });

  it("tells kinds apart by their shape where no version is written", async () => {
    const folder = newFolder();
    const bare = (content: Record<string, unknown>, id: string) => ({
      ...content,
      metadata: { generated_at: "2026-11-20T02:00:00Z", invocation_id: id },
    });
    put(folder, "one.json", bare(runResults(), "r"));
    put(
      folder,
      "two.json",
      bare(sources({ results: [{ unique_id: "source.shop.raw.a", error: "x" }] }), "s"),
    );
    put(folder, "three.json", bare(manifest(model("a")), "m"));
    put(folder, "four.json", { metadata: { title: "x" }, results: [{ place: 1 }] });
    const { load, outcome } = await sync({ paths: [folder] });
    expect(load.invocations().map(({ kind, invocation }) => [kind, invocation.kind])).toEqual([
      ["invocation", "results"],
      ["invocation", "freshness"],
    ]);
    expect(load.definitions()).toHaveLength(1);
    expect(outcome.notes).toEqual([]);
  });

  it("ignores other JSON without a word", async () => {
    const folder = newFolder();
    put(folder, "package.json", "{");
    put(folder, "data.json", "[1, 2");
    put(folder, "settings.json", { a: 1 });
    put(folder, "semantic_manifest.json", { semantic_models: [] });
    put(folder, "other.json", {
      metadata: { dbt_schema_version: "https://schemas.getdbt.com/dbt/freshness/v0.json" },
    });
    put(folder, "node_modules/x/run_results.json", runResults({ id: "no" }));
    put(folder, "dbt_packages/x/target/run_results.json", runResults({ id: "no" }));
    put(folder, "target/run_results.json", runResults({ id: "yes" }));
    put(folder, "target/run/shop/run_results.json", runResults({ id: "no" }));
    put(folder, "target/compiled/shop/run_results.json", runResults({ id: "no" }));
    const { load, outcome } = await sync({ paths: [folder] });
    expect(ids(load)).toEqual(["yes"]);
    expect(outcome.notes).toEqual([]);
  });

  it("follows links, also those that lead in a circle", async () => {
    const folder = newFolder();
    put(folder, "archive/1/run_results.json", runResults());
    symlinkSync(join(folder, "archive"), join(folder, "archive", "1", "loop"));
    const elsewhere = newFolder();
    put(elsewhere, "run_results.json", runResults({ id: "elsewhere" }));
    symlinkSync(elsewhere, join(folder, "latest"));
    const { load } = await sync({ paths: [folder] });
    expect(ids(load).sort()).toEqual(["elsewhere", "i-1"]);
  });

  it("says what was expected where there is nothing", async () => {
    const folder = newFolder();
    const { outcome } = await sync({ paths: [folder] });
    expect(outcome.complete).toBe(false);
    expect(outcome.notes).toEqual([expect.stringContaining(`There are no dbt artifacts in ${folder}`)]);
  });

  it("is not there: the error names the path and the variable", async () => {
    const path = join(newFolder(), "nowhere");
    await expect(sync({ paths: [path] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining(path),
      hint: expect.stringContaining("DBT_ARTIFACTS_PATH"),
    });
    await expect(revisionOf([path])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("files that cannot be read", () => {
  it("are reported by name and lose nothing else", async () => {
    const folder = newFolder();
    const text = JSON.stringify(runResults({ results: Array.from({ length: 50 }, () => result()) }));
    put(folder, "good/run_results.json", runResults({ id: "good" }));
    put(folder, "cut/run_results.json", text.slice(0, 9_000));
    put(folder, "cut-early/manifest.json", '{"metadata": {"dbt_sch');
    put(folder, "empty/sources.json", "");
    put(folder, "blank/catalog.json", "  \n");
    put(folder, "text/run_results.json", "<html>not found</html>");
    put(folder, "list/manifest.json", "[]");
    put(folder, "twice/run_results.json", text + text);
    put(folder, "new/manifest.json", manifest({}, { version: "v13" }));
    put(folder, "old/run_results.json", runResults({ version: "v3" }));
    put(folder, "odd/manifest.json", manifest({}, { metadata: { dbt_schema_version: "mine" } }));
    put(folder, "any-name.json", text.slice(0, 500));
    const { load, outcome } = await sync({ paths: [folder] });
    expect(ids(load)).toEqual(["good"]);
    expect(outcome.complete).toBe(false);
    expect(outcome.notes).toEqual([
      "any-name.json is cut short: the text ends at byte 500",
      "blank/catalog.json is empty",
      "cut-early/manifest.json is cut short: the text ends at byte 22",
      "cut/run_results.json is cut short: the text ends at byte 9000",
      "empty/sources.json is empty",
      "list/manifest.json is not valid JSON: the text is not a JSON object at byte 0",
      "new/manifest.json is manifest v13, a version that runlens does not know (it reads v4 to v12)",
      "odd/manifest.json has a dbt_schema_version that runlens does not know (mine)",
      "old/run_results.json is run-results v3, a version that runlens does not know (it reads v4 to v6)",
      "text/run_results.json is not valid JSON: the text is not a JSON object at byte 0",
      `twice/run_results.json is not valid JSON: something follows the end of the JSON object at byte ${text.length}`,
    ]);
  });

  it("are counted past the first twenty", async () => {
    const folder = newFolder();
    for (let index = 100; index < 125; index++) put(folder, `${index}/manifest.json`, "");
    const { outcome } = await sync({ paths: [folder] });
    expect(outcome.notes).toHaveLength(21);
    expect(outcome.notes.at(-1)).toBe("and 5 more files that could not be read");
  });

  it("may be a link that leads nowhere", async () => {
    const folder = newFolder();
    put(folder, "good/run_results.json", runResults());
    // A name longer than the system allows cannot be looked at by anybody, root included.
    symlinkSync(join(folder, "x".repeat(300)), join(folder, "manifest.json"));
    const { load, outcome } = await sync({ paths: [folder] });
    expect(ids(load)).toEqual(["i-1"]);
    expect(outcome.notes).toEqual(["manifest.json could not be read (ENAMETOOLONG)"]);
  });

  it("are named with their root where there are several", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", "");
    put(folder, "b/manifest.json", "");
    const { outcome } = await sync({ paths: [join(folder, "a"), join(folder, "b")] });
    expect(outcome.notes).toEqual(["a/manifest.json is empty", "b/manifest.json is empty"]);
  });
});

describe("what has not changed", () => {
  it("is not read again, and its problem stays known", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults({ id: "a" }));
    put(folder, "b/run_results.json", "{");
    const first = await sync({ paths: [folder] });
    const second = await sync({ paths: [folder] }, first.entries);
    expect(second.load.batches).toEqual([]);
    expect(second.outcome).toEqual(first.outcome);
    expect(second.outcome.notes).toEqual(["b/run_results.json is cut short: the text ends at byte 1"]);
    put(folder, "c/run_results.json", runResults({ id: "c" }));
    const third = await sync({ paths: [folder] }, second.entries);
    expect(ids(third.load)).toEqual(["c"]);
    expect(third.outcome.notes).toEqual(second.outcome.notes);
  });

  it("is not read again through another root", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults());
    const first = await sync({ paths: [folder], id: "x" });
    const second = await sync({ paths: [join(folder, "a")], id: "x" }, first.entries);
    expect(second.load.batches).toEqual([]);
  });

  it("is read again when the configuration gives it another meaning", async () => {
    const folder = newFolder();
    put(folder, "run_results.json", runResults());
    const first = await sync({ paths: [folder] });
    const second = await sync({ paths: [folder], jobs: [{ id: "nightly", match: ["*"] }] }, first.entries);
    expect(second.load.invocations()[0]?.job.job_id).toBe("nightly");
    expect(second.outcome.revision).not.toBe(first.outcome.revision);
  });

  it("has the same revision; a file that is new, changed, touched or gone gives another", async () => {
    const folder = newFolder();
    const path = put(folder, "a/run_results.json", runResults());
    const seen = [await revisionOf([folder])];
    expect(await revisionOf([folder])).toBe(seen[0]);
    put(folder, "b/run_results.json", runResults());
    seen.push(await revisionOf([folder]));
    writeFileSync(path, JSON.stringify(runResults({ id: "another" })));
    seen.push(await revisionOf([folder]));
    utimesSync(path, new Date(0), new Date(0));
    seen.push(await revisionOf([folder]));
    rmSync(path);
    seen.push(await revisionOf([folder]));
    expect(new Set(seen).size).toBe(5);
  });

  it("stays when its file is gone, but not the problem of that file", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults());
    put(folder, "b/run_results.json", "{");
    const first = await sync({ paths: [folder] });
    rmSync(join(folder, "b"), { recursive: true });
    const second = await sync({ paths: [folder] }, first.entries);
    expect(second.load.batches).toEqual([]);
    expect(second.outcome).toMatchObject({ complete: true, notes: [] });
  });

  it("is read anew once the file is whole", async () => {
    const folder = newFolder();
    put(folder, "run_results.json", "{");
    const first = await sync({ paths: [folder] });
    put(folder, "run_results.json", runResults());
    const second = await sync({ paths: [folder] }, first.entries);
    expect(ids(second.load)).toEqual(["i-1"]);
    expect(second.outcome).toMatchObject({ complete: true, notes: [] });
  });
});

describe("a load", () => {
  it("keeps an entry for every file, in the same batch as its facts", async () => {
    const folder = newFolder();
    const path = put(folder, "run_results.json", runResults());
    const { load } = await sync({ paths: [folder] });
    expect(load.batches.map(({ units }) => units.map(({ kind }) => kind))).toEqual([
      ["invocation", "ledger"],
    ]);
    expect(load.ledger()).toMatchObject([
      { scope: expect.stringContaining(path), complete: true, notes: [] },
    ]);
  });

  it("sends no more batches than the store can take", async () => {
    const folder = newFolder();
    const results = Array.from({ length: 8_000 }, (_, index) =>
      result({ unique_id: `model.shop.m${index}` }),
    );
    for (let run = 0; run < 12; run++)
      put(folder, `${run}/run_results.json`, runResults({ id: `${run}`, results }));
    const load = new KeptLoad();
    load.beforeAck = () => new Promise((resolve) => setTimeout(resolve, 30));
    const { progress } = await sync({ paths: [folder] }, [], load);
    expect(load.batches.length).toBeGreaterThan(3);
    expect(load.mostOpen).toBeLessThanOrEqual(3);
    expect(load.invocations().every(({ rows }) => rows.length === 8_000)).toBe(true);
    expect(progress.at(-1)).toMatchObject({ message: "read 12 of 12 files" });
    expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
  });

  it("tells the store's failure when the store takes no more", async () => {
    const folder = newFolder();
    put(folder, "run_results.json", runResults());
    const load = new KeptLoad();
    load.failure = new Error("the disk is full");
    await expect(sync({ paths: [folder] }, [], load)).rejects.toThrow("the disk is full");
  });

  it("ends when the caller goes away", async () => {
    const folder = newFolder();
    for (let run = 0; run < 300; run++) put(folder, `${run}/run_results.json`, runResults({ id: `${run}` }));
    const gone = new AbortController();
    const load = new KeptLoad();
    load.beforeAck = () => {
      gone.abort();
      return new Promise(() => undefined);
    };
    await expect(sync({ paths: [folder] }, [], load, gone.signal)).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(load.batches).toEqual([]);
  });

  it("does not begin for a caller who is gone", async () => {
    const folder = newFolder();
    put(folder, "run_results.json", runResults());
    const load = new KeptLoad();
    await expect(sync({ paths: [folder] }, [], load, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(existsSync(folder)).toBe(true);
    expect(load.batches).toEqual([]);
  });
});
