/** What the page on Dagster shows and says, held against what the program takes and sends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { RUN_KINDS } from "../src/core/vocabulary.ts";
import { ERROR_CODES } from "../src/errors.ts";
import { createLog } from "../src/log.ts";
import { systemClock } from "../src/sync/clock.ts";
import { operations } from "../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "./demo.ts";
import { artifactsWorld } from "./emulators/dagster/artifacts.ts";
import { type Emulator, startEmulator } from "./emulators/dagster/server.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../docs/sources/dagster.md"), "utf8");

/** The table below a heading, without its first two lines. */
function tableBelow(heading: string): string[][] {
  const [, below = ""] = PAGE.split(`# ${heading}\n`);
  const lines = below.slice(below.indexOf("\n|")).trim().split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines
    .slice(2, end === -1 ? undefined : end)
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const named = (cell: string) => /`(\w+)`/.exec(cell)?.[1] ?? cell;

/** The rows of the table by operation. */
const rows = tableBelow("What each operation asks for").map(
  ([name = "", definitions = "", results = "", beside = ""]) => ({
    name: named(name),
    definitions,
    results,
    beside,
  }),
);

/** What an operation has to be asked with. */
const REQUIRED: Readonly<Record<string, Record<string, unknown>>> = {
  get_job: { job_id: "nightly" },
  get_lineage: { model_id: "fct_trips" },
  get_model: { model_id: "fct_trips" },
  get_run: { run_id: "latest" },
  get_run_events: { run_id: "latest" },
  get_runtime_trend: { model_id: "fct_trips" },
  query_sql: { sql: "FROM models" },
};
const FILTER = { tags: ["finance"] };

describe("docs/sources/dagster.md", () => {
  it("shows a config file that is one", async () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), "runlens-docs-")), "runlens.yml");
    writeFileSync(file, yaml);
    const environment = { DAGSTER_CLOUD_API_TOKEN: "a", PROXY_TOKEN: "b" };
    const { sources } = await loadConfig({ config: file }, environment);
    expect(sources.map(({ type }) => type)).toEqual(["dagster", "dagster", "artifacts"]);
    rmSync(dirname(file), { recursive: true });
  });

  it("names the variables that make a source of it", async () => {
    const [own = "", proxy = "", plus = ""] = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, sh]) => sh);
    const variables = (sh: string) =>
      Object.fromEntries(
        [...sh.matchAll(/^export (\w+)='?([^'\s]+(?: [^'#]+)?)'?/gm)].map(([, name, value]) => [name, value]),
      );
    const sourceOf = async (environment: Record<string, string | undefined>) =>
      (await loadConfig({ store: ":memory:" }, environment)).sources;
    expect(await sourceOf({ ...variables(own), ...variables(proxy) })).toMatchObject([
      { type: "dagster", url: "http://localhost:3000/graphql", headers: { "CF-Access-Client-Id": "..." } },
    ]);
    expect(await sourceOf(variables(plus))).toMatchObject([
      { type: "dagster", organization: "acme", deployment: "prod", token: "..." },
    ]);
  });

  it("has every kind of run, and only codes that there are", () => {
    expect(tableBelow("Kinds of runs").map(([kind = ""]) => named(kind))).toEqual([...RUN_KINDS]);
    const codes = tableBelow("When something goes wrong").map(([, code = ""]) => named(code));
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(Object.keys(ERROR_CODES)).toContain(code);
  });

  const now = () => Date.parse(DEMO_NOW);
  let emulator: Emulator;
  beforeAll(async () => {
    const world = artifactsWorld(ARTIFACTS, { form: "step per model" });
    emulator = await startEmulator({ world, now });
  });
  afterEach(() => emulator.resetCounts());
  afterAll(() => emulator.close());

  /** Asks with nothing in the store, and says what of the table was asked for. */
  async function asksFor(name: string, input: Record<string, unknown>) {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    emulator.resetCounts();
    const app = createApp({
      config: () => loadConfig({ store: ":memory:", sources: [{ type: "dagster", url: emulator.url }] }, {}),
      log: createLog(),
      frontend: "library",
      clock: { ...systemClock(), now },
    });
    await app.ask(operation, input, {});
    await app.close();
    expect(emulator.count("RunlensWorkspace")).toBe(1);
    expect(emulator.count("RunlensRuns")).toBe(1);
    expect(emulator.count("RunlensSchema")).toBe(1);
    return {
      definitions: emulator.count("RunlensAssets") > 0,
      results: emulator.count("RunlensSteps") > 0,
      state: emulator.count("RunlensConditions") + emulator.count("RunlensAssetStates") > 0,
      log: emulator.count("RunEvents") > 0,
    };
  }

  it("has a row for each operation, in their order", () => {
    expect(rows.map(({ name }) => name)).toEqual(operations.map(({ name }) => name));
  });

  it.each(rows)("says what $name asks for", async ({ name, definitions, results, beside }) => {
    const plain = await asksFor(name, REQUIRED[name] ?? {});
    const ofModels = "with a filter of models";
    expect(plain.definitions).toBe(definitions === "yes");
    expect(plain.results).toBe(results !== "none" && results !== ofModels);
    expect(plain.state).toBe(beside === "state");
    // The logs of failed runs belong to their results.
    if (!plain.results) expect(plain.log).toBe(beside === "log of the run");
    if (definitions !== ofModels) return;
    const filtered = await asksFor(name, { ...REQUIRED[name], ...FILTER });
    expect(filtered).toMatchObject({ definitions: true, results: results === ofModels });
  });
});
