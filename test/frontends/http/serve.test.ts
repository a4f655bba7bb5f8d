/** The built program as a server with keys: it reads the settings that the parts are tested with. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBench } from "../../live/processes.ts";
import { errorOf, send } from "./sending.ts";

const bench = openBench();
const keys = join(bench.folder, "keys.yml");
const audit = join(bench.folder, "audit.jsonl");
let key: string;

beforeAll(async () => {
  const made = await bench.runlens(["key", "new", "--name", "ci", "--role", "operator"]);
  key = made.stdout.trim();
  writeFileSync(keys, `keys:\n${made.stderr.slice(made.stderr.indexOf("- name"))}`);
});
afterAll(() => bench.clear());

describe("`serve`", () => {
  it("answers with a key, and writes down who asked what", async () => {
    const config = join(bench.folder, "server.yml");
    writeFileSync(
      config,
      "server:\n  keys: keys.yml\n  audit: audit.jsonl\n  public_url: https://lens.example.com\n",
    );
    const url = await bench.serve(["--config", config]);
    expect((await send(url, "/api/v1/account")).status).toBe(401);
    const headers = { "x-api-key": key, host: "lens.example.com" };
    expect((await send(url, "/api/v1/account", { headers })).status).toBe(200);
    expect(
      (await send(url, "/api/v1/account", { headers: { ...headers, host: "evil.example" } })).status,
    ).toBe(403);
    // Nothing is configured to be asked about, which is an answer too.
    expect(errorOf(await send(url, "/api/v1/models?tags=finance", { headers }))).toMatchObject({
      code: "CONFIG",
    });
    const lines = () => readFileSync(audit, "utf8").trimEnd().split("\n");
    await expect.poll(() => lines().length).toBe(3);
    expect(lines().map((line) => JSON.parse(line))).toMatchObject([
      { who: null, outcome: "UNAUTHENTICATED", path: "/api/v1/account" },
      { who: null, outcome: "FORBIDDEN" },
      {
        who: "ci",
        role: "operator",
        operation: "list_models",
        arguments: { tags: ["finance"] },
        outcome: "CONFIG",
      },
    ]);
    expect(statSync(audit).mode & 0o777).toBe(0o600);
  });

  it("starts beyond this machine with keys alone", async () => {
    const open = await bench.runlens(["serve", "--port", "0", "--host", "0.0.0.0"], { timeout: 20_000 });
    expect(open.code).toBe(9);
    expect(open.stderr).toContain("nobody is asked for a key");
    const missing = await bench.runlens(["serve", "--port", "0", "--keys", "none.yml"], { timeout: 20_000 });
    expect(missing.code).toBe(9);
    expect(missing.stderr).toContain("none.yml");
  });
});
