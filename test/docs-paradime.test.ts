/** What the page on Paradime shows and says, held against what the program takes and sends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { ERROR_CODES } from "../src/errors.ts";
import { createLog } from "../src/log.ts";
import { systemClock } from "../src/sync/clock.ts";
import { operations } from "../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "./demo.ts";
import { artifactsWorld } from "./emulators/paradime/artifacts.ts";
import { type Emulator, startEmulator } from "./emulators/paradime/server.ts";
import { CREDENTIALS } from "./emulators/paradime/world.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../docs/sources/paradime.md"), "utf8");

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
  get_job: { job_id: "nightly_build" },
  get_model: { model_id: "fct_trips" },
  get_lineage: { model_id: "fct_trips" },
  get_runtime_trend: { model_id: "fct_trips" },
  get_run: { run_id: "latest" },
  get_run_events: { run_id: "latest" },
  query_sql: { sql: "FROM models" },
};
/** The manifests of which the beginning is read: one of each schedule of the demo. */
const BEGINNINGS = 4;
const FILTER = { tags: ["finance"] };

describe("docs/sources/paradime.md", () => {
  it("shows a config file that is one", async () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), "runlens-docs-")), "runlens.yml");
    writeFileSync(file, yaml);
    const environment = { PARADIME_API_KEY: "a", PARADIME_API_SECRET: "b", COMPANY_TOKEN: "c" };
    const { sources } = await loadConfig({ config: file }, environment);
    expect(sources.map(({ type }) => type)).toEqual(["paradime", "paradime", "artifacts"]);
    rmSync(dirname(file), { recursive: true });
  });

  it("names the variables that make a source of it", async () => {
    const [first = "", second = ""] = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, sh]) => sh);
    const sourceOf = async (sh: string) => {
      const variables = [...sh.matchAll(/^export (\w+)=(\S+)/gm)].map(([, name, value]) => [name, value]);
      return (await loadConfig({ store: ":memory:" }, Object.fromEntries(variables))).sources;
    };
    const endpoint = "https://api.paradime.io/api/v1/abc123/graphql";
    expect(await sourceOf(first)).toEqual([
      { type: "paradime", endpoint, api_key: "...", api_secret: "..." },
    ]);
    expect(await sourceOf(second)).toEqual([
      { type: "paradime", endpoint, api_secret: "prdm_cmp_...", workspace: "..." },
    ]);
  });

  it("has only codes that there are", () => {
    const codes = tableBelow("When something goes wrong").map(([, code = ""]) => named(code));
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(Object.keys(ERROR_CODES)).toContain(code);
  });

  const now = () => Date.parse(DEMO_NOW);
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ world: artifactsWorld(ARTIFACTS), now });
  });
  afterAll(() => emulator.close());

  /** Asks with nothing in the store, and says what of the table was asked for. */
  async function asksFor(name: string, input: Record<string, unknown>) {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    emulator.resetCounts();
    const workspace = {
      type: "paradime",
      endpoint: emulator.url,
      api_key: CREDENTIALS.key,
      api_secret: CREDENTIALS.secret,
    } as const;
    const app = createApp({
      config: () => loadConfig({ store: ":memory:", sources: [workspace] }, {}),
      log: createLog(),
      frontend: "library",
      clock: { ...systemClock(), now },
    });
    await app.ask(operation, input, {});
    await app.close();
    const count = (wanted: string) => emulator.requests.filter((request) => request.name === wanted).length;
    expect(count("Schedules")).toBe(1);
    return {
      definitions: count("manifest.json") > BEGINNINGS,
      results: count("run_results.json") > 0,
      log: count("RunLog") > 0,
    };
  }

  it("has a row for each operation, in their order", () => {
    expect(rows.map(({ name }) => name)).toEqual(operations.map(({ name }) => name));
  });

  it.each(rows)("says what $name asks for", async ({ name, definitions, results, beside }) => {
    const ofModels = "with a filter of models";
    const plain = await asksFor(name, REQUIRED[name] ?? {});
    expect(plain).toEqual({
      definitions: definitions === "yes",
      results: results !== ofModels,
      log: beside === "log of the run",
    });
    if (definitions !== ofModels) return;
    const filtered = await asksFor(name, { ...REQUIRED[name], ...FILTER });
    expect(filtered).toMatchObject({ definitions: true, results: true });
  });
});
