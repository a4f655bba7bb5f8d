import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ask, at } from "./client.ts";

const ROOT = join(import.meta.dirname, "../../..");
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** The built command, and what it has written to stderr so far. */
function run(...args: string[]) {
  const child = spawn(process.execPath, ["dist/scripts/emulator-dagster.js", "--port", "0", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    written.stdout += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    written.stderr += String(chunk);
  });
  return { child, written };
}

describe("the command", () => {
  it("serves the demo, says how to reach it, and stops when it is told to", async () => {
    const { child, written } = run("--extras", "--fault", "503:1");
    await expect.poll(() => written.stderr, { timeout: 20_000 }).toContain("DAGSTER_GRAPHQL_URL=");
    const url = /DAGSTER_GRAPHQL_URL=(\S+)/.exec(written.stderr)?.[1] ?? "";
    const query = "{ runsOrError(limit: 1) { ... on Runs { count } } }";
    expect((await ask({ url }, query)).status).toBe(503);
    expect(at((await ask({ url }, query)).body, "data.runsOrError.count")).toBe(141);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(written.stdout).toBe("");
  });

  it.each([
    [["--fault", "418"], "no fault `418`"],
    [["--version", "0.1"], "--version takes 1.13.27 or 1.6.14"],
    [["--artifacts", "test/emulators"], "no artifacts in test/emulators"],
    [["--latency", "soon"], "--latency takes a whole number"],
    [["--bogus"], "Unknown option '--bogus'"],
  ])("refuses %j", async (args, message) => {
    const { child, written } = run(...args);
    expect(await once(child, "close")).toEqual([2, null]);
    expect(written.stderr).toContain(message);
  });
});
