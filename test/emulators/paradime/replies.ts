/** Answers that are not those of a document: refusals, pages, and what faults make of answers. */
import type { Fault, Host } from "./faults.ts";

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  headers?: Readonly<Record<string, string>>;
}

export function json(status: number, body: unknown): Reply {
  return { status, contentType: "application/json", body: JSON.stringify(body) };
}

export function refusal(status: number, message: string): Reply {
  return json(status, { errors: [{ message }] });
}

/** What the storage says; it repeats the request, and with it what nobody else should see. */
export function storageError(status: number, code: string, path: string): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Resource>${path}</Resource></Error>`;
  return { status, contentType: "application/xml", body };
}

export const expired = (path: string): Reply => storageError(403, "AccessDenied", path);

const PAGE: Reply = {
  status: 200,
  contentType: "text/html; charset=utf-8",
  body: '<!doctype html><html><head><title>Paradime</title></head><body><div id="root"></div></body></html>',
};

const WORDS: Readonly<Record<string, string>> = {
  401: "Invalid API key",
  403: "The API key lacks the capability for this operation",
  404: "Not Found",
  429: "Too Many Requests",
};

/** What is answered instead; null where the fault changes the real answer, or leaves it as it is. */
export function replacement({ kind, retryAfter }: Fault, host: Host, path: string): Reply | null {
  if (kind === "html") return PAGE;
  if (kind === "not-json") return { status: 200, contentType: "text/plain", body: "upstream connect error" };
  if (kind === "errors-in-200") return json(200, { data: null, errors: [{ message: "Invalid API key" }] });
  if (kind === "expired") return expired(path);
  if (kind === "elsewhere")
    return { ...PAGE, status: 302, headers: { location: "http://127.0.0.1:9/sign-in" } };
  if (!/^\d+$/.test(kind)) return null;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  const reply =
    host === "storage"
      ? storageError(Number(kind), kind === "404" ? "NoSuchKey" : "InternalError", path)
      : Number(kind) >= 502
        ? { ...PAGE, status: Number(kind) }
        : refusal(Number(kind), WORDS[kind] ?? "Internal server error");
  return { ...reply, headers };
}

/** An answer in which every field of that name says something that no client knows; null stays null. */
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
