import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { runCli } from "../../src/frontends/cli/program.ts";
import { readKeys } from "../../src/frontends/http/access/key-file.ts";
import { findKey } from "../../src/frontends/http/access/keys.ts";
import { keptLog } from "./fake.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");

async function run(...line: string[]): Promise<{ exit: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const exit = await runCli(["key", "new", ...line], {
    operations: [],
    openApp: () => {
      throw new Error("a key needs no data");
    },
    startStdio: async () => undefined,
    startHttp: async () => "",
    clock: { now: () => NOW },
    console: {
      out: async (text) => {
        written.out += `${text}\n`;
      },
      err: (text) => {
        written.err += `${text}\n`;
      },
      progress: null,
      endProgress: () => undefined,
    },
    log: keptLog().log,
    version: "1.2.3",
    signal: new AbortController().signal,
  });
  return { exit, ...written };
}

describe("`key new`", () => {
  it("prints the key alone on stdout, and what to paste on stderr", async () => {
    const { exit, out, err } = await run(
      ..."--name ci --role operator --projects a,b --expires 90d --per-minute 60".split(" "),
    );
    expect(exit).toBe(0);
    expect(out).toMatch(/^rl_[\w-]{43}\n$/);
    const key = out.trim();
    expect(err).not.toContain(key);
    const folder = mkdtempSync(join(tmpdir(), "runlens-key-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "keys.yml");
    writeFileSync(file, `keys:\n${err.slice(err.indexOf("- name"))}`);
    expect(findKey(await readKeys(file), key)).toMatchObject({
      name: "ci",
      role: "operator",
      projects: ["a", "b"],
      perMinute: 60,
      expiresAt: NOW + 90 * 86_400_000,
    });
  });

  it("prints both as JSON", async () => {
    const { out, err } = await run("--name", "ci", "--json");
    const { key, entry }: { key: string; entry: object } = JSON.parse(out);
    expect(key).toMatch(/^rl_/);
    expect(entry).toEqual({ name: "ci", sha256: expect.stringMatching(/^[0-9a-f]{64}$/), role: "viewer" });
    expect(err).toBe("");
  });

  it("prints another key each time", async () => {
    expect((await run("--name", "ci")).out).not.toBe((await run("--name", "ci")).out);
  });

  it("takes a date", async () => {
    const { err } = await run("--name", "ci", "--expires", "2027-02-01");
    expect(parse(err.slice(err.indexOf("- name")))).toMatchObject([
      { expires_at: "2027-02-01T00:00:00.000Z" },
    ]);
  });

  it.each([
    [["--role", "viewer"]],
    [["--name", "a b"]],
    [["--name", "ci", "--role", "root"]],
    [["--name", "ci", "--role", "admin", "--projects", "a"]],
    [["--name", "ci", "--projects", ""]],
    [["--name", "ci", "--expires", "yesterday"]],
    [["--name", "ci", "--expires", "2020-01-01"]],
    [["--name", "ci", "--expires", "0d"]],
    [["--name", "ci", "--per-minute", "lots"]],
    [["--name", "ci", "--per-minute", "0.5"]],
  ])("makes no key of %o", async (line) => {
    const { exit, out } = await run(...line);
    expect(exit).toBe(2);
    expect(out).toBe("");
  });
});
