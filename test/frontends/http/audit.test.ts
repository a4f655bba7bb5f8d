import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Asked } from "../../../src/frontends/http/answering.ts";
import { type AuditSink, createAudit, fileSink } from "../../../src/frontends/http/audit.ts";
import { masked } from "../../../src/frontends/http/masking.ts";
import { keptLog } from "../fake.ts";

const TIME = "2026-11-18T07:30:00.000Z";
const clock = { now: () => Date.parse(TIME) };

function kept(): { sink: AuditSink; lines: string[] } {
  const lines: string[] = [];
  return { sink: { write: (line) => void lines.push(line), close: async () => undefined }, lines };
}

const ASKED: Asked = {
  caller: { name: "ci", role: "viewer", projects: ["shop"], perMinute: null },
  requestId: "0a1b2c3d",
  door: "rest",
  operation: "list_models",
  input: { tags: ["finance"], limit: 3 },
  outcome: "OK",
  took_ms: 12.3,
};

describe("the audit log", () => {
  it("has one line of JSON for a call", () => {
    const { sink, lines } = kept();
    createAudit(sink, clock).asked(ASKED);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      audit: 1,
      time: TIME,
      who: "ci",
      role: "viewer",
      door: "rest",
      operation: "list_models",
      arguments: { tags: ["finance"], limit: 3 },
      outcome: "OK",
      took_ms: 12.3,
      request_id: "0a1b2c3d",
    });
  });

  it("has a line for a request that was refused, without the key", () => {
    const { sink, lines } = kept();
    createAudit(sink, clock).refused({
      who: null,
      from: "10.0.0.7",
      method: "GET",
      path: `/api/v1/rl_${"k".repeat(43)}`,
      outcome: "UNAUTHENTICATED",
      requestId: "0a1b2c3d",
    });
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      audit: 1,
      time: TIME,
      who: null,
      from: "10.0.0.7",
      method: "GET",
      path: "/api/v1/[masked]",
      outcome: "UNAUTHENTICATED",
      request_id: "0a1b2c3d",
    });
  });

  it("keeps to one line whatever is asked", () => {
    const { sink, lines } = kept();
    createAudit(sink, clock).asked({
      ...ASKED,
      input: { model_id: 'a\n{"audit":1,"who":"admin"}\r\u2028\u001b[31m' },
    });
    const line = lines[0]?.trimEnd() ?? "";
    expect(["\n", "\r", "\u2028", "\u001b"].filter((mark) => line.includes(mark))).toEqual([]);
  });

  it.each([
    undefined,
    null,
    "text",
    7,
    [1, 2],
    { a: { b: { c: { d: { e: {} } } } } },
  ])("takes %o for arguments, as it was sent", (input) => {
    const { sink, lines } = kept();
    createAudit(sink, clock).asked({ ...ASKED, input });
    expect(JSON.parse(lines[0] ?? "")).toHaveProperty("arguments");
  });
});

describe("the file of the audit log", () => {
  it("is its owner's alone, and grows at its end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "runlens-audit-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "audit.jsonl");
    writeFileSync(path, "before\n", { mode: 0o644 });
    const audit = createAudit(fileSink(path, keptLog().log), clock);
    for (let times = 0; times < 100; times++) audit.asked(ASKED);
    await audit.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(101);
    expect(lines[0]).toBe("before");
  });

  it("has to be writable when the server starts", () => {
    expect(() => fileSink("/dev/null/audit.jsonl", keptLog().log)).toThrow(
      expect.objectContaining({ code: "CONFIG" }),
    );
  });

  it("that cannot be written any more is said once, and stops nobody", async () => {
    const { log, lines } = keptLog();
    const audit = createAudit(fileSink("/dev/full", log), clock);
    audit.asked(ASKED);
    await expect.poll(() => lines.length).toBe(1);
    audit.asked(ASKED);
    await audit.close();
    expect(lines).toEqual([expect.stringContaining("cannot be written")]);
  });
});

describe("what is masked", () => {
  const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkYW5hIn0.c2lnbmF0dXJl";

  it.each([
    [{ password: "x" }, { password: "[masked]" }],
    [{ ApiKey: 12 }, { ApiKey: "[masked]" }],
    [{ client_secret: ["a", "b"] }, { client_secret: "[masked]" }],
    [{ authorization: { nested: 1 } }, { authorization: "[masked]" }],
    [{ params: [`rl_${"k".repeat(43)}`] }, { params: ["[masked]"] }],
    [{ params: [JWT, "shop"] }, { params: ["[masked]", "shop"] }],
    [{ sql: "SELECT 'dbtc_reco+gni/zable' AS t" }, { sql: "SELECT '[masked]' AS t" }],
    [{ sql: "WHERE token = 'abcd1234'" }, { sql: "WHERE token = '[masked]'" }],
    [{ sql: "postgres://me:hunter2@db/x" }, { sql: "postgres://me:[masked]@db/x" }],
    [{ model_id: "Bearer abcdefghijklmnop" }, { model_id: "[masked]" }],
    [{ model_id: "prdm_company_abcdef123456" }, { model_id: "[masked]" }],
    [{ model_id: "user:acme:0123456789abcdef0123" }, { model_id: "[masked]" }],
    [{ [JWT]: 1 }, { "[masked]": 1 }],
    // What only looks a little like one is told.
    [
      { model_id: "model.shop.stg_tokens", limit: 5 },
      { model_id: "model.shop.stg_tokens", limit: 5 },
    ],
    [
      { refresh: true, token: true },
      { refresh: true, token: true },
    ],
  ])("%o is told as %o", (input, told) => {
    expect(masked(input)).toEqual(told);
  });

  it("is cut where it is long, and never in the middle of a secret", () => {
    const sql = `SELECT ${"x".repeat(490)} rl_${"k".repeat(43)}`;
    const told = JSON.stringify(masked({ sql, tags: Array.from({ length: 100 }, (_, i) => `t${i}`) }));
    expect(told.length).toBeLessThan(900);
    expect(told).not.toContain("rl_k");
    expect(told).toContain("80 more");
  });

  it("takes no longer for a hostile text", () => {
    const begun = performance.now();
    for (const piece of ["://a:", "password=", "eyJ.", "Bearer ", "user:", "-----BEGIN "])
      masked(piece.repeat(100_000));
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
