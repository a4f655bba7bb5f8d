/** Answers that are not those of a document: refusals, pages of gateways, and what faults make of answers. */
import type { Fault } from "./faults.ts";

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

export function json(status: number, body: unknown): Reply {
  return { status, contentType: "application/json", body: JSON.stringify(body) };
}

export function text(status: number, body: string): Reply {
  return { status, contentType: "text/plain; charset=utf-8", body };
}

const HTML = {
  contentType: "text/html; charset=utf-8",
  body: '<!doctype html><html><head><title>Dagster</title></head><body><div id="root"></div></body></html>',
} as const;

/** The web application, which answers what is no path of the API. */
export const page = (status = 200): Reply => ({ status, ...HTML });

export const unauthenticated = (): Reply =>
  json(200, {
    data: null,
    errors: [{ message: "Unauthorized", extensions: { code: "UNAUTHENTICATED" } }],
  });

/** What is answered instead; null where the fault changes the real answer, or leaves it as it is. */
export function replacement({ kind, retryAfter }: Fault, now: number): Reply | null {
  if (kind === "unauthenticated") return unauthenticated();
  if (kind === "html") return page();
  if (kind === "not-json") return text(200, "upstream connect error or disconnect/reset before headers");
  if (kind === "maintenance") {
    const message = "Dagster+ is down for scheduled maintenance.";
    return json(503, { maintenance: { message, timeout: 3600, retry_interval: 30 } });
  }
  if (!/^\d+$/.test(kind)) return null;
  const status = Number(kind);
  // Gateways answer with a page, the service itself with a text.
  const reply = status >= 502 ? page(status) : text(status, WORDS[status] ?? "Error");
  if (retryAfter === undefined) return reply;
  const { seconds, form } = retryAfter;
  const value = form === "seconds" ? String(seconds) : new Date(now + seconds * 1000).toUTCString();
  return { ...reply, headers: { "retry-after": value } };
}

const WORDS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

/** An answer in which every field of that name says something that no schema knows; null stays null. */
export function withWord(value: unknown, field: string, word: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withWord(one, field, word));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === field && typeof inner === "string" ? word : withWord(inner, field, word),
    ]),
  );
}
