/**
 * What the process tells of its own work, for whoever listens: metrics, logs and traces. Nobody waits for a listener,
 * and what nobody listens to costs next to nothing.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { channel } from "node:diagnostics_channel";

/** One request to a source's API, each attempt by itself. */
export interface UpstreamRequest {
  /** `dbt-cloud`, `dagster` or `paradime`. */
  vendor: string;
  /** Status of the answer, or the code of the error where there was none. */
  outcome: string;
  took_ms: number;
}

/** One look at whether facts are fresh. */
export interface FactsLookup {
  source_id: string;
  /** `fresh`: answered from the store; `behind`: so, and fetched anew behind the answer; `wait`: fetched first. */
  verdict: "fresh" | "behind" | "wait";
}

/** How much a source's API may still be asked this minute. */
export interface UpstreamBudget {
  vendor: string;
  left: number;
}

/** Everything that is told, by its name. */
export interface Telling {
  "upstream-request": UpstreamRequest;
  "upstream-budget": UpstreamBudget;
  "facts-lookup": FactsLookup;
}

/** Tells it; `make` is called only where somebody listens. */
export function tell<K extends keyof Telling>(name: K, make: () => Telling[K]): void {
  const told = channel(`runlens:${name}`);
  if (told.hasSubscribers) told.publish(make());
}

/** Listens until the function that it gives is called. */
export function listen<K extends keyof Telling>(name: K, listener: (told: Telling[K]) => void): () => void {
  const told = channel(`runlens:${name}`);
  // Only `tell` publishes here.
  const heard = (message: unknown) => listener(message as Telling[K]);
  told.subscribe(heard);
  return () => void told.unsubscribe(heard);
}

/** The place of the work at hand in a trace, W3C Trace Context. */
export interface Trace {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** Two hexadecimal digits. */
  flags: string;
  /** As it came; null where it did not. */
  state: string | null;
}

/** What is known of the work at hand, wherever it goes on. */
export interface Work {
  /** Under which a request is known outside and in the log. */
  requestId?: string;
  trace?: Trace | null;
}

const works = new AsyncLocalStorage<Work>();

/** Does something as this work; what is left out stays as it is around it. */
export function inWork<T>(work: Work, task: () => T): T {
  return works.run({ ...works.getStore(), ...work }, task);
}

/** What is known of the work at hand, for a line of the log. */
export function workAtHand(): { request_id?: string; trace_id?: string } {
  const { requestId, trace } = works.getStore() ?? {};
  return {
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(trace == null ? {} : { trace_id: trace.traceId }),
  };
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NOTHING = /^0+$/;

/** Reads the headers of a caller; null where they are missing or break the rules, so that they are not passed on. */
export function readTrace(traceparent: string | null, tracestate: string | null): Trace | null {
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || parentId === undefined || flags === undefined) return null;
  // Version 00 has four parts; ff is none.
  if (version === "ff" || (version === "00" && more !== undefined)) return null;
  if (NOTHING.test(traceId) || NOTHING.test(parentId)) return null;
  const state = tracestate !== null && tracestate.length <= 512 ? tracestate : null;
  return { traceId, flags, state };
}

/** Headers by which the next system goes on with the trace, with a span of its own; none where nobody follows it. */
export function traceHeaders(): Record<string, string> {
  const trace = works.getStore()?.trace ?? null;
  if (trace === null) return {};
  const { traceId, flags, state } = trace;
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-${flags}`;
  return state === null ? { traceparent } : { traceparent, tracestate: state };
}
