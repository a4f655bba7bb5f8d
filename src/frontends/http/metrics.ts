/** What the server has done and how it stands, for Prometheus: counted from what the process tells of its own work. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { listen } from "../../telemetry.ts";
import type { Asked, Refused, Responded } from "./answering.ts";

/** Upper bounds of answers and requests, in seconds: from a remembered answer to a client's patience. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface Metrics {
  asked(asked: Asked): void;
  refused(refused: Refused): void;
  responded(responded: Responded): void;
  /** The text format of Prometheus, with its media type; what stands now is what the server says of itself. */
  text(standing: { underWay: number; streams: number }): Promise<{ type: string; body: string }>;
  close(): void;
}

/**
 * Counts from now on, until it is closed. Names of projects, models and callers are in no metric. `storeBytes` is the
 * size of the store; null where it is in memory.
 */
export function createMetrics(storeBytes: () => Promise<number | null>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const questions = new Counter({
    name: "runlens_questions_total",
    help: "Questions answered or refused, by operation, where they came in, and how they ended.",
    labelNames: ["operation", "door", "outcome"],
    registers,
  });
  const answering = new Histogram({
    name: "runlens_question_duration_seconds",
    help: "Time from a question's being let in to its answer.",
    labelNames: ["operation"],
    buckets: SECONDS,
    registers,
  });
  const refusals = new Counter({
    name: "runlens_refused_total",
    help: "Requests that were not let in, by the code of the error.",
    labelNames: ["outcome"],
    registers,
  });
  const requests = new Histogram({
    name: "runlens_http_request_duration_seconds",
    help: "Requests over HTTP, by method and status.",
    labelNames: ["method", "status"],
    buckets: SECONDS,
    registers,
  });
  const lookups = new Counter({
    name: "runlens_facts_lookups_total",
    help: "Looks at facts in the store: fresh (a cache hit), behind (fetched behind the answer) or wait (fetched first).",
    labelNames: ["source", "verdict"],
    registers,
  });
  const upstream = new Histogram({
    name: "runlens_upstream_request_duration_seconds",
    help: "Requests to the APIs of sources, by status or error.",
    labelNames: ["vendor", "outcome"],
    buckets: SECONDS,
    registers,
  });
  const budget = new Gauge({
    name: "runlens_upstream_budget_left",
    help: "Requests that an API may still be asked this minute, where its vendor publishes a rate.",
    labelNames: ["vendor"],
    registers,
  });
  const underWay = new Gauge({
    name: "runlens_questions_under_way",
    help: "Questions that are being answered.",
    registers,
  });
  const streams = new Gauge({
    name: "runlens_streams_open",
    help: "Streams of clients that use HTTP+SSE.",
    registers,
  });
  const store = new Gauge({
    name: "runlens_store_bytes",
    help: "Size of the store on disk; missing where it is in memory.",
    registers,
  });
  const ears = [
    listen("facts-lookup", ({ source_id, verdict }) => lookups.inc({ source: source_id, verdict })),
    listen("upstream-request", ({ vendor, outcome, took_ms }) =>
      upstream.observe({ vendor, outcome }, took_ms / 1000),
    ),
    listen("upstream-budget", ({ vendor, left }) => budget.set({ vendor }, left)),
  ];
  return {
    asked({ operation, door, outcome, took_ms }) {
      questions.inc({ operation, door, outcome });
      answering.observe({ operation }, took_ms / 1000);
    },
    refused: ({ outcome }) => refusals.inc({ outcome }),
    responded: ({ method, status, took_ms }) =>
      requests.observe(
        { method: METHODS.has(method) ? method : "OTHER", status: String(status) },
        took_ms / 1000,
      ),
    async text(standing) {
      underWay.set(standing.underWay);
      streams.set(standing.streams);
      const bytes = await storeBytes();
      if (bytes === null) store.reset();
      else store.set(bytes);
      return { type: registry.contentType, body: await registry.metrics() };
    },
    close() {
      for (const stop of ears) stop();
      registry.clear();
    },
  };
}

/** Anything may come as a method, and each would be a series of its own. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
