import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

/** The built command, and what it has written to stderr so far. */
function run(...args: string[]) {
  const child = spawn(process.execPath, ["dist/scripts/emulator-dbt-cloud.js", "--port", "0", ...args], {
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
  it("serves the demo at the demo's date, says how to reach it, and stops when it is told to", async () => {
    const { child, written } = run("--fault", "503:admin:1");
    await expect.poll(() => written.stderr, { timeout: 10_000 }).toContain("DBT_DISCOVERY_URL=");
    const variable = (name: string) => new RegExp(`${name}=(\\S+)`).exec(written.stderr)?.[1] ?? "";
    const headers = { authorization: `Bearer ${variable("DBT_SERVICE_TOKEN")}` };
    const path = `/api/v2/accounts/${variable("DBT_ACCOUNT_ID")}/jobs/?limit=1`;
    const jobs = () => fetch(`${variable("DBT_ADMIN_URL")}${path}`, { headers });
    expect((await jobs()).status).toBe(503);
    expect(await (await jobs()).json()).toMatchObject({
      data: [{ next_run: "2026-11-19T02:00:00.000000+00:00" }],
    });
    const answer = await fetch(variable("DBT_DISCOVERY_URL"), {
      method: "POST",
      headers,
      body: JSON.stringify({ query: "{ environment(id: 270301) { dbtProjectName } }" }),
    });
    expect(await answer.json()).toEqual({ data: { environment: { dbtProjectName: "pedal_harbour" } } });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(written.stdout).toBe("");
  });

  it.each([
    [["--fault", "418"], "no fault `418`"],
    [["--schema", "2020-01"], "--schema takes 2025-03 or 2026-06"],
    [["--artifacts", "test/emulators"], "no artifacts in test/emulators"],
    [["--latency", "soon"], "--latency takes a whole number"],
    [["--bogus"], "Unknown option '--bogus'"],
  ])("refuses %j", async (args, message) => {
    const { child, written } = run(...args);
    expect(await once(child, "close")).toEqual([2, null]);
    expect(written.stderr).toContain(message);
  });
});
