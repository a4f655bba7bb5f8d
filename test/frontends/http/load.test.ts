/** Under too much of it the server refuses what is too much, goes on answering, and ends in order. */
import { afterEach, describe, expect, it } from "vitest";
import type { Ask } from "../../../src/frontends/ask.ts";
import { createMetrics, type Metrics } from "../../../src/frontends/http/metrics.ts";
import { type HttpOptions, type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { tell } from "../../../src/telemetry.ts";
import { askFake, fakes, keptLog } from "../fake.ts";

const { log } = keptLog();
let server: HttpServer;
let metrics: Metrics | null = null;

afterEach(async () => {
  await server.close();
  metrics?.close();
  metrics = null;
});

/** A server whose questions wait until they are let go. */
async function held(options: Partial<HttpOptions> = {}) {
  const waiting: (() => void)[] = [];
  const ask: Ask = async (operation, input, call) => {
    await new Promise<void>((resolve, reject) => {
      waiting.push(resolve);
      call.signal?.addEventListener("abort", () => reject(call.signal?.reason));
    });
    return askFake(operation, input, call);
  };
  const base = { operations: fakes, resources: [], ask, askAbout: () => ask, log, version: "1.2.3" };
  server = await startHttpServer({ ...base, host: "127.0.0.1", port: 0, mostAtOnce: 2, ...options });
  const rows = () => fetch(`${server.url}/api/v1/rows`);
  const until = async (n: number) => {
    while (waiting.length < n) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const letGo = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { rows, until, letGo };
}

describe("too many questions at once", () => {
  it("are refused with OVERLOADED and when to come again, and the others are answered", async () => {
    const { rows, until, letGo } = await held();
    const taken = [rows(), rows()];
    await until(2);
    const refused = await rows();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const body: unknown = await refused.json();
    expect(body).toMatchObject({
      error: { code: "OVERLOADED", request_id: refused.headers.get("x-request-id") },
    });
    const message = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
    const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const overMcp = await fetch(`${server.url}/mcp`, {
      method: "POST",
      headers,
      body: JSON.stringify(message),
    });
    expect(overMcp.status).toBe(503);
    // Who looks after the server is answered all the same.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    letGo();
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
    const again = rows();
    await until(1);
    letGo();
    expect((await again).status).toBe(200);
  });
});

describe("a server that is to end", () => {
  it("lets questions under way be answered, and takes no new ones", async () => {
    const { rows, until, letGo } = await held();
    const taken = rows();
    await until(1);
    const closed = server.close();
    await expect(rows()).rejects.toThrow();
    letGo();
    expect((await taken).status).toBe(200);
    await closed;
  });

  it("does not wait for ever", async () => {
    const { rows, until } = await held({ times: { drain: 50 } });
    const taken = rows().catch(() => null);
    await until(1);
    await server.close();
    const answer = await taken;
    expect(answer === null || answer.status === 499).toBe(true);
  });
});

describe("the metrics", () => {
  it("count questions, refusals, requests upstream and looks at the store, and name nobody", async () => {
    metrics = createMetrics(async () => 4096);
    const { asked, responded, text } = metrics;
    const base = {
      operations: fakes,
      resources: [],
      ask: askFake,
      askAbout: () => askFake,
      log,
      version: "1",
    };
    server = await startHttpServer({
      ...base,
      host: "127.0.0.1",
      port: 0,
      metrics: text,
      onAsked: asked,
      onResponded: responded,
    });
    await fetch(`${server.url}/api/v1/rows`);
    await fetch(`${server.url}/api/v1/rows?bogus=1`);
    await fetch(`${server.url}/api/v1/rows`, { method: "BREW" }).catch(() => null);
    tell("facts-lookup", () => ({ source_id: "artifacts:/x", verdict: "fresh" }));
    tell("upstream-request", () => ({ vendor: "dagster", outcome: "503", took_ms: 20 }));
    tell("upstream-budget", () => ({ vendor: "dbt-cloud-admin", left: 41 }));
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const lines = (await answer.text()).split("\n");
    for (const line of [
      'runlens_questions_total{operation="list_rows",door="rest",outcome="OK"} 1',
      'runlens_questions_total{operation="list_rows",door="rest",outcome="INVALID_INPUT"} 1',
      'runlens_http_request_duration_seconds_count{method="GET",status="200"} 1',
      'runlens_http_request_duration_seconds_count{method="GET",status="400"} 1',
      'runlens_facts_lookups_total{source="artifacts:/x",verdict="fresh"} 1',
      'runlens_upstream_request_duration_seconds_count{vendor="dagster",outcome="503"} 1',
      'runlens_upstream_budget_left{vendor="dbt-cloud-admin"} 41',
      "runlens_questions_under_way 0",
      "runlens_store_bytes 4096",
    ])
      expect(lines).toContain(line);
    expect(lines.join("\n")).not.toContain("local");
  });
});
