/** What the emulator remembers of each request. */

export interface Recorded {
  method: string;
  /** Without the query. */
  path: string;
  query: string;
  operationName: string | null;
  variables: unknown;
  /** All but the token, whose value is not kept. */
  headers: Readonly<Record<string, string>>;
  token: "none" | "wrong" | "right";
  /** Null while there is no answer, and for good where the connection was broken instead. */
  status: number | null;
}

/** A request as its body or its query says, or why it is none. */
export type Asked =
  | { query: string; variables: Readonly<Record<string, unknown>>; operationName: string | null }
  | { status: 400 | 500; refusal: string };

interface Sent {
  method: string;
  contentType: string;
  params: URLSearchParams;
  body: string;
}

/** Reads what the webserver reads: JSON or a document by POST, else a query string; variables also as a text. */
export function askedOf(sent: Sent): Asked {
  const data = dataOf(sent);
  if (data === undefined) return { status: 400, refusal: `GraphQL request is invalid JSON:\n${sent.body}` };
  // It stumbles over JSON that is no object.
  if (!isRecord(data)) return { status: 500, refusal: "Internal Server Error" };
  const { query, operationName } = data;
  if (typeof query !== "string") return { status: 400, refusal: "No GraphQL query found in the request" };
  const variables = typeof data.variables === "string" ? parseJson(data.variables) : (data.variables ?? {});
  if (isRecord(variables))
    return { query, variables, operationName: typeof operationName === "string" ? operationName : null };
  const refusal = `Malformed GraphQL variables. Passed as string but not valid JSON:\n${data.variables}`;
  return { status: 400, refusal };
}

/** Undefined where it is no JSON. */
function dataOf({ method, contentType, params, body }: Sent): unknown {
  if (method === "POST" && contentType.includes("application/json")) return parseJson(body);
  if (method === "POST" && contentType.includes("application/graphql")) return { query: body };
  return Object.fromEntries(params);
}

/** The name that a request says, or that its document's only operation has. */
export function nameOf({
  query,
  operationName,
}: {
  query: string;
  operationName: string | null;
}): string | null {
  const names = [...query.matchAll(/^\s*(?:query|mutation|subscription)\s+(\w+)/gm)].map(([, name]) => name);
  return operationName ?? (names.length === 1 ? (names[0] ?? null) : null);
}

/** Undefined where it is no JSON. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
