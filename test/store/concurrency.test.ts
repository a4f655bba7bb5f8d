import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";
import type { Step } from "../../src/store/generation.ts";
import { folderOf } from "../../src/store/layout.ts";
import { ask, askList, temporaryFolder, testStore } from "./stores.ts";

const KILLS = 50;
/** Steps at which a writer kills itself; `-` waits for a kill from outside at any moment. */
const STEPS: (Step | "-")[] = [
  "copied",
  "-",
  "appending",
  "-",
  "before-checkpoint",
  "after-checkpoint",
  "-",
  "before-pointer",
  "after-pointer",
];

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Beside the packages, because the harness imports DuckDB, which cannot be bundled. */
async function bundleHarness(): Promise<string> {
  const cache = resolve("node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "runlens-harness-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "harness.mjs");
  await build({
    entryPoints: ["test/store/kill-harness.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: ["@duckdb/node-bindings", "@duckdb/node-api"],
  });
  return outfile;
}

test("two processes that write and are killed again and again lose nothing, double nothing and disturb no reader", async () => {
  const harness = await bundleHarness();
  const address = join(temporaryFolder(), "store");
  const children = new Set<Child>();
  onTestFinished(() => {
    for (const child of children) child.kill("SIGKILL");
  });
  const acknowledged: string[] = [];
  const errors: string[] = [];
  let summary = "";

  const start = (...args: string[]): Child => {
    const child = spawn(process.execPath, [harness, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    children.add(child);
    child.once("exit", () => children.delete(child));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.startsWith("ack ")) acknowledged.push(line.slice(4));
      else if (line.startsWith("error ")) errors.push(line.slice(6));
      else summary = line;
    });
    return child;
  };

  const asker = start("ask", address);
  let killed = 0;
  const killedAt = new Map<string, number>();
  const writeAndDie = async (name: string): Promise<void> => {
    for (let turn = killed++; turn < KILLS; turn = killed++) {
      const step = STEPS[turn % STEPS.length] ?? "-";
      const child = start("ingest", address, name, step);
      const ended = once(child, "close");
      if (step === "-") {
        // From the first acknowledgement on it is writing all the time, so that the moment is any.
        await Promise.race([once(child.stdout, "data"), ended]);
        setTimeout(() => child.kill("SIGKILL"), Math.random() * 300);
      }
      const [, signal] = await ended;
      expect(signal, errors.join("\n")).toBe("SIGKILL");
      killedAt.set(step, (killedAt.get(step) ?? 0) + 1);
    }
  };
  await Promise.all([writeAndDie("one"), writeAndDie("two")]);
  const answered = once(asker, "close");
  asker.stdin.end();
  expect(await answered).toEqual([0, null]);

  expect(errors).toEqual([]);
  expect([...killedAt.values()].reduce((sum, count) => sum + count, 0)).toBe(KILLS);
  const [, answers = 0, , generations = 0] = summary.split(" ").map(Number);
  expect(answers).toBeGreaterThan(KILLS);
  expect(generations).toBeGreaterThan(KILLS / 3);

  const store = await testStore({ address });
  const found = await askList(store, "SELECT invocation_id FROM invocations");
  expect(new Set(found).size).toBe(found.length);
  expect(acknowledged.filter((id) => !found.includes(id))).toEqual([]);
  // Published, and killed before it could say so: at most once per kill.
  expect(found.length - acknowledged.length).toBeLessThanOrEqual(KILLS);
  expect(acknowledged.length).toBeGreaterThan(KILLS / 3);
  const wrong = await ask(
    store,
    `SELECT invocation_id, count(node_key) AS executions FROM invocations LEFT JOIN executions USING (invocation_key)
     GROUP BY ALL HAVING CAST(split_part(invocation_id, ':', 2) AS BIGINT) <> executions`,
  );
  expect(wrong).toEqual([]);
  const strays = await ask(
    store,
    `SELECT (SELECT count(*) FROM executions ANTI JOIN invocations USING (invocation_key)) AS executions,
       (SELECT count(*) - count(DISTINCT unique_id) FROM nodes) AS nodes, (SELECT count(*) - count(DISTINCT run_id) FROM runs) AS runs`,
  );
  expect(strays).toEqual([{ executions: 0, nodes: 0, runs: 0 }]);

  // The next writer clears what the killed ones left.
  await store.invalidate(null);
  const left = readdirSync(folderOf(address)).filter((name) => !/^(CURRENT$|writer\.lock)/.test(name));
  expect(left.every((name) => name.endsWith(".duckdb"))).toBe(true);
  expect(left).toHaveLength(2);
}, 150_000);
