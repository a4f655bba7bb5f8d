/** What goes wrong with inputs, end to end: the code of the table, and a hint that names the next move. */
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { createLog } from "../src/log.ts";
import { operations } from "../tools/index.ts";
import { type Demo, openArtifacts, openDemo } from "./demo.ts";

const FIXTURE = join(import.meta.dirname, "fixtures/dbt-versions/1.8");
const NOW = Date.parse("2026-12-01T00:00:00Z");

let folder: string;
const open: Demo[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runlens-bad-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((demo) => demo.close()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of one real build, to be damaged. */
function copyOfBuild(name: string): string {
  const copy = join(folder, name);
  cpSync(join(FIXTURE, "build"), join(copy, "build"), { recursive: true });
  cpSync(join(FIXTURE, "run"), join(copy, "run"), { recursive: true });
  return copy;
}

function artifacts(...paths: string[]): Demo {
  const demo = openArtifacts(paths, NOW);
  open.push(demo);
  return demo;
}

async function notesOf(demo: Demo): Promise<string> {
  const { source } = await demo.ask("list_runs");
  return JSON.stringify(source);
}

describe("with nothing configured", () => {
  it("every operation says what to set and where it looked", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const app = createApp({
      config: () => loadConfig({ store: ":memory:" }, {}, empty),
      log: createLog(),
      frontend: "library",
    });
    for (const operation of operations) {
      const input = operation.examples[0]?.input ?? {};
      await expect(app.ask(operation, input, {})).rejects.toMatchObject({
        code: "CONFIG",
        hint: expect.stringContaining("DBT_ARTIFACTS_PATH"),
      });
    }
    await app.close();
  });
});

describe("a path", () => {
  it("that is not there is named, with the variable to correct", async () => {
    await expect(artifacts(join(folder, "nowhere")).ask("list_runs")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("nowhere"),
      hint: expect.stringContaining("DBT_ARTIFACTS_PATH"),
    });
  });

  it("without artifacts is no error, and the notes say what was expected", async () => {
    const bare = join(folder, "bare");
    mkdirSync(bare);
    expect(await notesOf(artifacts(bare))).toContain("run_results.json");
  });
});

describe("a file", () => {
  it.each([
    ["cut short", (file: string) => truncateSync(file, 900)],
    ["empty", (file: string) => truncateSync(file, 0)],
    ["not JSON", (file: string) => writeFileSync(file, "<html>not found</html>")],
    [
      "of an unknown version",
      (file: string) =>
        writeFileSync(file, readFileSync(file, "utf8").replace(/run-results\/v\d+/, "run-results/v99")),
    ],
  ])("that is %s is named in the notes, and nothing else is lost", async (what, damage) => {
    const copy = copyOfBuild(what.replaceAll(" ", "-"));
    damage(join(copy, "build/run_results.json"));
    const demo = artifacts(copy);
    const notes = await notesOf(demo);
    // A newer version may still be readable; it must be said either way.
    expect(notes).toContain("build/run_results.json");
    const { items } = await demo.ask("list_runs", { limit: 100 });
    expect(Array.isArray(items) ? items.length : 0).toBeGreaterThanOrEqual(1);
    const models = await demo.ask("list_models");
    expect(models.total).toBeGreaterThan(5);
  });

  it("that cannot be opened is named in the notes", async () => {
    const copy = copyOfBuild("unreadable");
    rmSync(join(copy, "build/run_results.json"));
    // A folder under the name of a file: opening it fails for every user, also for root.
    mkdirSync(join(copy, "build/run_results.json"));
    const { items } = await artifacts(copy).ask("list_runs");
    expect(items).toHaveLength(1);
  });

  it("that is too large to hold as one string is read all the same", async () => {
    const copy = copyOfBuild("huge");
    const text = readFileSync(join(copy, "build/run_results.json"), "utf8");
    const end = text.lastIndexOf("}");
    const file = openSync(join(copy, "build/run_results.json"), "w");
    writeSync(file, text.slice(0, end));
    const spaces = Buffer.alloc(64 * 1024 * 1024, " ");
    for (let written = 0; written < 9; written += 1) writeSync(file, spaces);
    writeSync(file, "}");
    closeSync(file);
    const { items, source } = await artifacts(copy).ask("list_runs");
    expect(items).toHaveLength(2);
    expect(source).toMatchObject({ notes: [] });
    rmSync(copy, { recursive: true });
  }, 60_000);
});

describe("a name that could mean several", () => {
  it("is refused with the candidates, each with what to pass", async () => {
    const config = join(folder, "two.yml");
    const path = JSON.stringify(join(FIXTURE, "build"));
    writeFileSync(
      config,
      `sources:\n  - { type: artifacts, id: left, path: ${path} }\n  - { type: artifacts, id: right, path: [${JSON.stringify(join(folder, "right"))}] }\n`,
    );
    cpSync(join(FIXTURE, "../1.9/build"), join(folder, "right"), { recursive: true });
    const app = createApp({
      config: () => loadConfig({ config, store: ":memory:" }, {}),
      log: createLog(),
      frontend: "library",
    });
    const getModel = operations.find((operation) => operation.name === "get_model");
    if (getModel === undefined) throw new Error("no get_model");
    const error: unknown = await app
      .ask(getModel, { model_id: "orders" }, {})
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("could be 2 models"),
      hint: expect.stringMatching(/left\/shop.*right\/shop/),
    });
    const answer = await app.ask(getModel, { model_id: "orders", project_id: "right/shop" }, {});
    expect(answer.name).toBe("orders");
    await app.close();
  });
});

describe("an input", () => {
  let demo: Demo;
  beforeAll(() => {
    demo = openDemo();
  });
  afterAll(() => demo.close());

  it.each(
    operations.map((operation) => operation.name),
  )("unknown to %s is refused with the known ones", async (name) => {
    await expect(demo.ask(name, { bogus: 1 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("bogus"),
      hint: expect.stringContaining("refresh"),
    });
  });

  it.each([
    ["slowest_models", { slowest_n: 0 }, "slowest_n"],
    ["slowest_models", { last_n_runs: 1.5 }, "last_n_runs"],
    ["slowest_models", { tags: "finance" }, "tags"],
    ["slowest_models", { min_runtime: -1 }, "min_runtime"],
    ["slowest_models", { include_or_exclude: "both" }, "include_or_exclude"],
    ["list_models", { limit: 5000 }, "limit"],
    ["get_run", {}, "run_id"],
  ])("of %s that is wrong is named: %j", async (name, input, argument) => {
    await expect(demo.ask(name, input)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining(argument),
    });
  });

  it("fields that no item has are refused with those that it has", async () => {
    await expect(demo.ask("list_models", { fields: ["name", "colour"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("colour"),
      hint: expect.stringContaining("materialization"),
    });
  });

  it("a filter with a model that nobody has is no empty answer", async () => {
    await expect(
      demo.ask("slowest_models", { model_ids: ["pedal_harbour.fct_tripz"] }),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("pedal_harbour.fct_trips"),
    });
  });

  it("a cursor of another question is refused", async () => {
    const { next_cursor } = await demo.ask("list_models", { limit: 2 });
    await expect(
      demo.ask("list_models", { limit: 2, cursor: next_cursor, tags: ["finance"] }),
    ).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("another question"),
    });
  });
});
