import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Access } from "../../../../src/frontends/http/access/access.ts";
import { type KeyEntry, readKeys } from "../../../../src/frontends/http/access/key-file.ts";
import { hashOf, newKey } from "../../../../src/frontends/http/access/keys.ts";
import { protectedAccess } from "../../../../src/frontends/http/access/protected.ts";
import { keptLog } from "../../fake.ts";

const BEGIN = Date.parse("2026-11-18T07:30:00Z");
const folder = mkdtempSync(join(tmpdir(), "runlens-keys-"));
const file = join(folder, "keys.yml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An entry of this key. */
function entry(key: string, more: Partial<KeyEntry> = {}): KeyEntry {
  return { name: "ci", sha256: hashOf(key).toString("hex"), role: "viewer", ...more };
}

const write = (...keys: KeyEntry[]) => writeFileSync(file, stringify({ keys }));

let now = BEGIN;
beforeEach(() => {
  now = BEGIN;
});
const { log, lines } = keptLog();
const open = (): Promise<Access> => protectedAccess({ keys: file, clock: { now: () => now }, log });
const bearer = (key: string) => new Headers({ authorization: `Bearer ${key}` });

describe("a key", () => {
  it("has 256 random bits and a mark by which it is known", () => {
    const keys = Array.from({ length: 100 }, newKey);
    expect(new Set(keys).size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^rl_[A-Za-z0-9_-]{43}$/);
  });

  it("lets its caller in, by either header", async () => {
    const key = newKey();
    write(entry(key, { role: "operator", projects: ["shop"], per_minute: 60 }));
    const access = await open();
    const caller = { name: "ci", role: "operator", projects: ["shop"], perMinute: 60 };
    expect(await access.admit(bearer(key))).toEqual(caller);
    expect(await access.admit(new Headers({ authorization: `bearer  ${key}` }))).toEqual(caller);
    expect(await access.admit(new Headers({ "x-api-key": key }))).toEqual(caller);
  });

  it.each([
    ["nothing", new Headers()],
    ["another key", bearer(newKey())],
    ["no key at all", bearer("letmein")],
    ["another scheme", new Headers({ authorization: `Basic ${Buffer.from("ci:x").toString("base64")}` })],
    ["an empty header", new Headers({ authorization: "" })],
    ["two keys", new Headers({ authorization: `Bearer ${newKey()}`, "x-api-key": newKey() })],
  ])("is needed: %s is refused", async (_, headers) => {
    write(entry(newKey()));
    const access = await open();
    const error = await access.admit(headers).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(access.challenge(error)).toMatch(/^Bearer realm="runlens"/);
  });

  it("is not known by its hash", async () => {
    const key = newKey();
    write(entry(key));
    const stolen = hashOf(key);
    for (const form of [stolen.toString("hex"), `rl_${stolen.toString("base64url")}`]) {
      await expect((await open()).admit(bearer(form))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("ends when its file says", async () => {
    const key = newKey();
    write(entry(key, { expires_at: new Date(BEGIN + 60_000).toISOString() }));
    const access = await open();
    await access.admit(bearer(key));
    now += 60_000;
    await expect(access.admit(bearer(key))).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
      message: "The key has expired.",
      who: "ci",
    });
  });

  it("is rotated while the server runs: both are valid, then the new one alone", async () => {
    const [old, next] = [newKey(), newKey()];
    write(entry(old));
    const access = await open();
    await access.admit(bearer(old));
    await expect(access.admit(bearer(next))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    write(entry(old), entry(next));
    now += 1000;
    expect(await access.admit(bearer(old))).toEqual(await access.admit(bearer(next)));
    write(entry(next));
    now += 1000;
    await expect(access.admit(bearer(old))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await access.admit(bearer(next));
  });

  it("stays valid where its file becomes unreadable, which the log says once", async () => {
    const key = newKey();
    write(entry(key));
    const access = await open();
    for (const broken of ["keys: [", "keys:\n  - name: ci\n    key: rl_oops\n", null]) {
      lines.length = 0;
      if (broken === null) rmSync(file);
      else writeFileSync(file, broken);
      for (let times = 0; times < 3; times++) {
        now += 1000;
        expect(await access.admit(bearer(key))).toMatchObject({ name: "ci" });
      }
      expect(lines).toEqual([expect.stringContaining("the keys of before stay valid")]);
      expect(lines[0]).not.toContain("rl_oops");
    }
    write();
    now += 1000;
    await expect(access.admit(bearer(key))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("shares its allowance with the other keys of its name", async () => {
    const [one, two, other] = [newKey(), newKey(), newKey()];
    write(
      entry(one, { per_minute: 2 }),
      entry(two, { per_minute: 2 }),
      entry(other, { name: "bi", per_minute: 2 }),
    );
    const access = await open();
    await access.admit(bearer(one));
    await access.admit(bearer(two));
    const error = await access.admit(bearer(one)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "RATE_LIMITED", who: "ci", retryAfterS: expect.any(Number) });
    expect(access.challenge(error)).toBeNull();
    await access.admit(bearer(other));
  });
});

describe("the file of keys", () => {
  const good = entry(newKey());

  it.each<[string, unknown, string]>([
    ["a key that is written out", { keys: [{ ...good, key: newKey() }] }, "keys.0"],
    ["a key in place of its hash", { keys: [{ ...good, sha256: newKey() }] }, "keys.0.sha256"],
    ["a role that there is not", { keys: [{ ...good, role: "root" }] }, "keys.0.role"],
    [
      "an admin of some projects",
      { keys: [{ ...good, role: "admin", projects: ["shop"] }] },
      "keys.0.projects",
    ],
    ["no projects", { keys: [{ ...good, projects: [] }] }, "keys.0.projects"],
    ["a name like that of a token", { keys: [{ ...good, name: "oauth:dana" }] }, "keys.0.name"],
    ["no time", { keys: [{ ...good, expires_at: "soon" }] }, "keys.0.expires_at"],
    ["no allowance", { keys: [{ ...good, per_minute: 0 }] }, "keys.0.per_minute"],
    ["rights that differ within a name", { keys: [good, entry(newKey(), { role: "operator" })] }, "differ"],
    ["one key twice", { keys: [good, { ...good, name: "bi" }] }, "twice"],
    ["something else", { sources: [] }, "keys is not valid"],
    ["a list", [good], "the file is not valid"],
  ])("is refused with %s", async (_, content, where) => {
    writeFileSync(file, stringify(content));
    const error: unknown = await readKeys(file).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONFIG", message: expect.stringContaining(where) });
    expect(JSON.stringify(error)).not.toMatch(/rl_[\w-]{43}/);
    await expect(open()).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("has to be there when the server starts", async () => {
    rmSync(file, { force: true });
    await expect(open()).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("ENOENT"),
    });
  });

  it.each(["", "keys:\n", "keys: []\n"])("may be empty, as %j: then nobody is let in", async (content) => {
    const key = newKey();
    write(entry(key));
    const access = await open();
    await access.admit(bearer(key));
    writeFileSync(file, content);
    now += 1000;
    await expect(access.admit(bearer(key))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect((await open()).isProtected).toBe(true);
  });
});
