import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** The built command, and what it has written so far. */
function run(...args: string[]) {
  const child = spawn(process.execPath, ["dist/scripts/emulator-paradime.js", "--port", "0", ...args], {
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
    const { child, written } = run("--fault", "503:1");
    await expect.poll(() => written.stderr, { timeout: 20_000 }).toContain("PARADIME_API_SECRET=");
    const told = (name: string) => new RegExp(`${name}='?([^\\s']+)`).exec(written.stderr)?.[1] ?? "";
    const ask = (secret: string) =>
      fetch(told("PARADIME_API_ENDPOINT"), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-api-key": told("PARADIME_API_KEY"),
          "x-api-secret": secret,
        },
        body: JSON.stringify({
          query: "{ listBoltSchedules(offset: 0, limit: 1, showInactive: false) { totalCount } }",
        }),
      });
    const secret = told("PARADIME_API_SECRET");
    expect((await ask(secret)).status).toBe(503);
    expect((await ask("another")).status).toBe(401);
    expect(await (await ask(secret)).json()).toEqual({ data: { listBoltSchedules: { totalCount: 4 } } });
    expect(written.stderr).toContain("4 Bolt schedules and 127 runs");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(written.stdout).toBe("");
  });

  it("makes a workspace up", async () => {
    const { written } = run("--synthetic", "--schedules", "3", "--runs", "2");
    await expect.poll(() => written.stderr, { timeout: 20_000 }).toContain("3 Bolt schedules and 6 runs");
  });

  it.each([
    [["--fault", "418"], "no fault `418`"],
    [["--artifacts", "test/emulators"], "no artifacts in test/emulators"],
    [["--latency", "soon"], "--latency takes a whole number"],
    [["--now", "late"], "no time: late"],
    [["--bogus"], "Unknown option '--bogus'"],
  ])("refuses %j", async (args, message) => {
    const { child, written } = run(...args);
    expect(await once(child, "close")).toEqual([2, null]);
    expect(written.stderr).toContain(message);
  });
});
