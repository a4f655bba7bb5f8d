/** The built command line as a process: streams, exit codes, signals, and the commands that need a real store. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "dist/runlens.js");
const ARTIFACTS = join(ROOT, "demo/artifacts");
const base = mkdtempSync(join(tmpdir(), "runlens-process-"));
let cwd: string;
let store: string;
let count = 0;

beforeEach(() => {
  count += 1;
  cwd = join(base, String(count));
  store = join(cwd, "store");
  mkdirSync(cwd);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH ?? "",
  HOME: cwd,
  XDG_CACHE_HOME: cwd,
  RUNLENS_STORE: store,
  ...more,
});

function run(args: readonly string[], more: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: environment(more),
    encoding: "utf8",
  });
  return { exit: status, out: stdout, err: stderr };
}

const Ingested = z.object({
  added: z.object({ invocations: z.number(), definitions: z.number(), executions: z.number() }),
  store: z.string(),
});

/** Folders of a few nightly invocations of the demo. */
function invocations(n: number): string[] {
  const nightly = readdirSync(ARTIFACTS).filter((name) => name.includes("nightly"));
  return nightly.sort().slice(0, n);
}

describe("the process", () => {
  it("counts its usual window from the configured time, also in the first question", () => {
    const { out } = run(["get-runtime-trend", "--model-id", "fct_station_occupancy", "--demo", "--json"]);
    expect(JSON.parse(out).period).toMatchObject({
      since: "2026-11-04T07:30:00.000Z",
      until: "2026-11-18T07:30:00.000Z",
    });
  });

  it("prints nothing but the answer to stdout", () => {
    const { exit, out, err } = run(["slowest-models", "--demo", "--json"]);
    expect([exit, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ returned: 5 });
  });

  it("is content when its reader goes away", async () => {
    const child = spawn(process.execPath, [PROGRAM, "list-runs", "--demo", "--limit", "1000", "--json"], {
      cwd,
      env: environment(),
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString("utf8");
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code] = await once(child, "exit");
    expect([code, err]).toEqual([0, ""]);
  });

  it("says with code 9 what to set where nothing is configured", () => {
    const { exit, out, err } = run(["slowest-models"]);
    expect([exit, out]).toEqual([9, ""]);
    expect(err).toContain("CONFIG: No data is configured.\nSet DBT_ARTIFACTS_PATH");
  });

  it("says with code 2 what is typed wrong", () => {
    expect(run(["slowest-modles"])).toMatchObject({ exit: 2, out: "" });
  });

  it("ends with 130 on Ctrl-C and leaves a store that answers", async () => {
    const child = spawn(process.execPath, [PROGRAM, "ingest", ARTIFACTS], { cwd, env: environment() });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString("utf8");
    });
    // The store's folder is made when the work begins.
    while (!existsSync(store) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
    expect(err).toContain("CANCELLED");
    const { exit, out } = run(["ingest", ARTIFACTS, "--json"]);
    expect(exit).toBe(0);
    expect(Ingested.parse(JSON.parse(out)).added.invocations).toBe(readdirSync(ARTIFACTS).length);
  });
});

describe("runlens ingest", () => {
  it("keeps artifacts that dbt overwrites, counts what is new, and adds nothing twice", () => {
    const target = join(cwd, "target");
    const added = invocations(3).map((name) => {
      rmSync(target, { recursive: true, force: true });
      cpSync(join(ARTIFACTS, name), target, { recursive: true });
      const { exit, out } = run(["ingest", "target", "--json"]);
      expect(exit).toBe(0);
      return Ingested.parse(JSON.parse(out)).added.invocations;
    });
    expect(added).toEqual([1, 1, 1]);
    expect(run(["ingest", "target"]).out).toContain("Nothing new");
    const { out } = run(["list-runs", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ total: 3 });
  });

  it("belongs to the configured source, wherever the artifacts lie", () => {
    writeFileSync(join(cwd, "runlens.yml"), "sources: [{ type: artifacts, path: target, id: shop }]");
    const [name = ""] = invocations(1);
    const { exit, out } = run(["ingest", join(ARTIFACTS, name), "--json"]);
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ source_id: "shop", added: { invocations: 1 } });
  });

  it("belongs to the source of artifacts beside dbt Cloud, which is not asked", () => {
    // Nobody listens there.
    const account = `{ type: dbt-cloud, token: "\${TOKEN}", account_id: 1, host: "127.0.0.1:1" }`;
    writeFileSync(join(cwd, "runlens.yml"), `sources: [${account}, { type: artifacts, path: a, id: shop }]`);
    const [name = ""] = invocations(1);
    const { exit, out } = run(["ingest", join(ARTIFACTS, name), "--json"], { TOKEN: "made-up" });
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ source_id: "shop", added: { invocations: 1 }, notes: [] });
  });

  it("says that nothing asks for what was stored where dbt Cloud alone is configured", () => {
    const [name = ""] = invocations(1);
    const account = { DBT_SERVICE_TOKEN: "made-up", DBT_ACCOUNT_ID: "1", DBT_HOST: "127.0.0.1:1" };
    const { exit, out } = run(["ingest", join(ARTIFACTS, name), "--json"], account);
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      added: { invocations: 1 },
      notes: [expect.stringContaining("No source of artifacts is configured yet: set DBT_ARTIFACTS_PATH=")],
    });
  });

  it("asks which source is meant where several could be", () => {
    writeFileSync(
      join(cwd, "runlens.yml"),
      "sources: [{ type: artifacts, path: a, id: one }, { type: artifacts, path: b, id: two }]",
    );
    const { exit, err } = run(["ingest", ARTIFACTS]);
    expect(exit).toBe(2);
    expect(err).toContain("Configured: one; two.");
  });

  it("refuses to acknowledge what is not kept", () => {
    const { exit, out, err } = run(["ingest", ARTIFACTS], { RUNLENS_STORE: ":memory:" });
    expect([exit, out]).toEqual([9, ""]);
    expect(err).toContain("nothing would be kept");
  });

  it("refuses a store that cannot be used", () => {
    writeFileSync(join(cwd, "store"), "a file where the folder should be");
    const { exit, err } = run(["ingest", ARTIFACTS]);
    expect(exit).toBe(9);
    expect(err).toMatch(/CONFIG: The store in .* cannot be used/);
  });

  it("needs a path that is there", () => {
    const { exit, err } = run(["ingest", "nowhere"]);
    expect(exit).toBe(4);
    expect(err).toContain("nowhere");
  });
});

describe("runlens cache clear", () => {
  it("forgets how fresh facts are and keeps them", () => {
    run(["ingest", ARTIFACTS]);
    expect(run(["cache", "clear", "runs"])).toMatchObject({ exit: 0, out: "Forgot how fresh runs are.\n" });
    expect(JSON.parse(run(["list-runs", "--json", "--artifacts", ARTIFACTS]).out)).toMatchObject({
      returned: 10,
    });
  });

  it("removes everything that is kept with store, also where it is damaged", () => {
    run(["ingest", ARTIFACTS]);
    const [version = ""] = readdirSync(store);
    writeFileSync(join(store, version, "CURRENT"), "damaged\n");
    expect(run(["cache", "clear", "store", "--json"])).toMatchObject({
      exit: 0,
      out: '{\n  "cleared": "store"\n}\n',
    });
    expect(readdirSync(join(store, version)).filter((name) => name !== "writer.lock")).toEqual([]);
    expect(run(["ingest", ARTIFACTS])).toMatchObject({ exit: 0, err: "" });
  });

  it("knows its scopes", () => {
    const { exit, err } = run(["cache", "clear", "everything"]);
    expect(exit).toBe(2);
    expect(err).toContain("all, models, jobs, runs, store");
  });
});

describe("runlens doctor", () => {
  it("shows each setting with where it came from, and looks at the store and the source", () => {
    const { exit, out } = run(["doctor", "--artifacts", ARTIFACTS], { DBT_CACHE_TTL: "60" });
    expect(exit).toBe(0);
    expect(out).toMatch(/cache_ttl_s +60 {2}\(DBT_CACHE_TTL\)/);
    expect(out).toMatch(/sources +artifacts in .*demo.artifacts {2}\(--artifacts\)/);
    expect(out).toMatch(/ok +source artifacts:/);
  });

  it("exits 9 and says the next move where something is missing", () => {
    const { exit, out } = run(["doctor"]);
    expect(exit).toBe(9);
    expect(out).toMatch(/FAIL +sources: none is configured\n +Set DBT_ARTIFACTS_PATH/);
  });

  it("finds a store that cannot be written", () => {
    writeFileSync(join(cwd, "store"), "a file where the folder should be");
    const { exit, out } = run(["doctor", "--artifacts", ARTIFACTS]);
    expect(exit).toBe(9);
    expect(out).toMatch(/FAIL +store: .*\n +Answers come from memory meanwhile/);
  });

  /** What is to be pasted stands between the first two empty lines. */
  const pasted = (page: string) => page.split("\n\n")[1] ?? "";

  it("prints a client configuration with absolute paths with --client", () => {
    const { out } = run(["doctor", "--client", "claude-desktop", "--artifacts", ARTIFACTS]);
    expect(JSON.parse(pasted(out))).toEqual({
      mcpServers: {
        runlens: {
          command: process.execPath,
          args: [PROGRAM, "mcp"],
          env: { DBT_ARTIFACTS_PATH: ARTIFACTS },
        },
      },
    });
  });

  it("passes a config file on to the client", () => {
    const file = join(cwd, "runlens.yml");
    writeFileSync(file, "sources: [{ type: artifacts, path: target }]");
    expect(JSON.parse(pasted(run(["doctor", "--client", "claude-desktop"]).out))).toMatchObject({
      mcpServers: { runlens: { args: [PROGRAM, "mcp", "--config", file], env: {} } },
    });
  });
});

describe("runlens demo", () => {
  it("prints the dashboard, the slowest models, the longest jobs and how to connect a client, and keeps nothing", () => {
    const { exit, out, err } = run(["demo"]);
    expect([exit, err]).toEqual([0, ""]);
    for (const words of [
      "This is demo data",
      "2026-11-18",
      "Models: ",
      "AVERAGE RUNTIME",
      "AVERAGE JOB RUNTIME",
      '"--demo"',
    ]) {
      expect(out).toContain(words);
    }
    expect(existsSync(store)).toBe(false);
  });
});
