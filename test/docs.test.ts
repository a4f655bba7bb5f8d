/** What the page on dbt Cloud shows and says, held against what the program takes and sends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { createLog } from "../src/log.ts";
import { systemClock } from "../src/sync/clock.ts";
import { operations } from "../tools/index.ts";
import { ARTIFACTS, DEMO_NOW } from "./demo.ts";
import { artifactsWorld } from "./emulators/dbt-cloud/artifacts.ts";
import { type Emulator, startEmulator } from "./emulators/dbt-cloud/server.ts";
import { FULL_TOKEN } from "./emulators/dbt-cloud/tokens.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../docs/sources/dbt-cloud.md"), "utf8");

/** The rows of the table by operation. */
const rows = [...PAGE.matchAll(/^\| `(\w+)` \| (.*) \| (.*) \|$/gm)].map(
  ([, name = "", admin = "", discovery = ""]) => ({ name, admin, discovery }),
);

/** What an operation has to be asked with. */
const REQUIRED: Readonly<Record<string, Record<string, unknown>>> = {
  get_job: { job_id: "Nightly build" },
  get_lineage: { model_id: "fct_trips" },
  get_model: { model_id: "fct_trips" },
  get_run: { run_id: "latest" },
  get_run_events: { run_id: "latest" },
  get_runtime_trend: { model_id: "fct_trips" },
  query_sql: { sql: "FROM models" },
};
const FILTER = { tags: ["finance"] };

describe("docs/sources/dbt-cloud.md", () => {
  it("shows a config file that is one", async () => {
    const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(PAGE) ?? [];
    const file = join(mkdtempSync(join(tmpdir(), "runlens-docs-")), "runlens.yml");
    writeFileSync(file, yaml);
    const { sources } = await loadConfig({ config: file }, { DBT_SERVICE_TOKEN: "a", EU_TOKEN: "b" });
    expect(sources.map(({ type }) => type)).toEqual(["dbt-cloud", "dbt-cloud", "artifacts"]);
    rmSync(dirname(file), { recursive: true });
  });

  const now = () => Date.parse(DEMO_NOW);
  let emulator: Emulator;
  beforeAll(async () => {
    const world = artifactsWorld(ARTIFACTS, { now: now() });
    emulator = await startEmulator({ world, now, adminLimit: 1e6, discoveryLimit: 1e6 });
  });
  afterEach(() => emulator.resetCounts());
  afterAll(() => emulator.close());

  /** Asks with nothing in the store, and gives the paths of the Admin API, and whether Discovery was asked. */
  async function requestsOf(name: string, input: Record<string, unknown>) {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    emulator.resetCounts();
    const { adminUrl, discoveryUrl } = emulator;
    const cloud = { token: FULL_TOKEN, accountId: 41007, adminUrl, discoveryUrl };
    const app = createApp({
      config: () => loadConfig({ store: ":memory:", cloud }, {}),
      log: createLog(),
      frontend: "library",
      clock: { ...systemClock(), now },
    });
    await app.ask(operation, input, {});
    await app.close();
    const paths = emulator.requests.filter(({ api }) => api === "admin").map(({ path }) => path);
    return { paths, discovery: emulator.count("discovery") > 0 };
  }

  it("has a row for each operation, in their order", () => {
    expect(rows.map(({ name }) => name)).toEqual(operations.map(({ name }) => name));
  });

  it.each(rows)("says what $name asks of which API", async ({ name, admin, discovery }) => {
    const plain = await requestsOf(name, REQUIRED[name] ?? {});
    for (const [word, path] of [
      ["projects", /\/projects\/$/],
      ["jobs", /\/jobs\/$/],
      ["runs", /\/runs\/$/],
    ] as const) {
      expect([word, admin.includes(word)]).toEqual([word, plain.paths.some((one) => path.test(one))]);
    }
    const asksForRun = plain.paths.some((path) => /\/runs\/\d+\/$/.test(path));
    if (asksForRun) expect(admin).toMatch(/artifacts|steps/);
    const isFiltered = discovery.includes("with a filter of models");
    expect(plain.discovery).toBe(!isFiltered);
    if (isFiltered) expect((await requestsOf(name, FILTER)).discovery).toBe(true);
  });
});
