/** What a request was, for tests that look at them. */
import type { IncomingHttpHeaders } from "node:http";
import type { Host } from "./faults.ts";

export interface Recorded {
  host: Host;
  /** Of the document, or the name of the artifact. */
  name: string;
  /** Without the query of signed addresses. */
  path: string;
  document: string;
  variables: unknown;
  headers: IncomingHttpHeaders;
  status: number | null;
}

export interface Asked {
  query: string;
  variables: Readonly<Record<string, unknown>>;
}

/** Null where the body is no GraphQL request. */
export function askedOf(text: string): Asked | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("query" in body) || typeof body.query !== "string")
      return null;
    const variables = "variables" in body && typeof body.variables === "object" ? body.variables : {};
    return { query: body.query, variables: { ...variables } };
  } catch {
    return null;
  }
}

/** `Runs` of `query Runs($slug: String) {`. */
export function nameOf(query: string): string {
  return /^\s*query\s+(\w+)/.exec(query)?.[1] ?? "";
}
