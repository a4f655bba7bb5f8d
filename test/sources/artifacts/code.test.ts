import { describe, expect, it } from "vitest";
import { createArtifactsSource } from "../../../src/sources/artifacts/source.ts";
import { manifest, model, newFolder, put, result, runResults } from "./support.ts";

const never = new AbortController().signal;
const code = (id: string, location: string, signal = never) =>
  createArtifactsSource({ paths: ["."] }).code(id, location, signal);

describe("the code of a model", () => {
  it("is read from its manifest", async () => {
    const nodes = { ...model("a"), ...model("b", { compiled_code: "select 2", language: "python" }) };
    const path = put(newFolder(), "manifest.json", manifest(nodes));
    expect(await code("model.shop.b", path)).toEqual({
      raw_sql: "select 'b'",
      compiled_sql: "select 2",
      language: "python",
    });
  });

  it("has older names before dbt 1.3", async () => {
    const nodes = model("a", { raw_code: undefined, raw_sql: "select 1", compiled_sql: "select 2" });
    const path = put(newFolder(), "manifest.json", manifest(nodes));
    expect(await code("model.shop.a", path)).toEqual({
      raw_sql: "select 1",
      compiled_sql: "select 2",
      language: "sql",
    });
  });

  it("is compiled in the results of the run where the manifest was written before", async () => {
    const folder = newFolder();
    const path = put(folder, "manifest.json", manifest(model("a")));
    put(
      folder,
      "run_results.json",
      runResults({ results: [result({ unique_id: "model.shop.a", compiled_code: "select 3" })] }),
    );
    expect((await code("model.shop.a", path)).compiled_sql).toBe("select 3");
    put(folder, "run_results.json", "{");
    expect((await code("model.shop.a", path)).compiled_sql).toBeNull();
  });

  it("may be gone: the manifest, or the model in it", async () => {
    const folder = newFolder();
    await expect(code("model.shop.a", `${folder}/manifest.json`)).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("manifest.json"),
    });
    const path = put(folder, "manifest.json", manifest(model("a")));
    await expect(code("model.shop.b", path)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("cannot be read from a broken manifest", async () => {
    const path = put(newFolder(), "manifest.json", '{"nodes": {');
    await expect(code("model.shop.a", path)).rejects.toMatchObject({
      code: "UPSTREAM",
      message: expect.stringContaining("is cut short"),
    });
  });

  it("is not read for a caller who is gone", async () => {
    const path = put(newFolder(), "manifest.json", manifest(model("a")));
    await expect(code("model.shop.a", path, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });

  it("does not hold up the main loop, however large the manifest is", async () => {
    const nodes = Object.assign(
      {},
      ...Array.from({ length: 12_000 }, (_, index) => model(`m${index}`, { raw_code: "x".repeat(2_000) })),
    );
    const path = put(newFolder(), "manifest.json", manifest(nodes));
    let turns = 0;
    let isReading = true;
    const turn = (): void => {
      turns++;
      if (isReading) setImmediate(turn);
    };
    setImmediate(turn);
    await code("model.shop.m11999", path);
    isReading = false;
    // The loop went round after every piece of the 25 MB.
    expect(turns).toBeGreaterThan(80);
  });
});

describe("a look at the artifacts for the doctor", () => {
  const probe = (paths: string[]) => createArtifactsSource({ paths }).probe(never);

  it("says how many of which kind there are, and the newest", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", manifest());
    put(folder, "a/run_results.json", runResults());
    put(folder, "b/run_results.json", runResults());
    put(folder, "package.json", "{}");
    const { ok, summary, hint } = await probe([folder]);
    expect({ ok, hint }).toEqual({ ok: true, hint: null });
    expect(summary).toMatch(/^1 manifest, 2 run_results, the newest of \d{4}-/);
  });

  it("names what cannot be read", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults());
    put(folder, "b/manifest.json", "");
    expect(await probe([folder])).toMatchObject({
      ok: true,
      hint: "Could not be read: b/manifest.json is empty.",
    });
  });

  it("says what to do where there is nothing", async () => {
    const { ok, summary, hint } = await probe([newFolder()]);
    expect(ok).toBe(false);
    expect(summary).toContain("There are no dbt artifacts");
    expect(hint).toContain("DBT_ARTIFACTS_PATH");
    await expect(probe(["/nowhere/at/all"])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
