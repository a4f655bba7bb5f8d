/** The bodies of faults, by API. */
import { type AdminReply, failure, json, MESSAGES } from "./admin/envelope.ts";
import type { Api, FaultKind } from "./faults.ts";

/** What the service answers instead; null where the fault changes the real answer, or leaves it as it is. */
export function replacement(kind: FaultKind, api: Api): AdminReply | null {
  if (kind === "html") return { status: 200, ...HTML };
  if (kind === "complexity") return json(200, { errors: [COMPLEXITY], data: null });
  // Gateways in front of the service answer with a page of their own.
  if (kind === "502" || kind === "503") return { status: Number(kind), ...HTML };
  if (kind === "errors-in-200") return api === "discovery" ? discoveryErrors(200, REFUSED) : refusedIn200();
  if (!/^\d+$/.test(kind)) return null;
  const status = Number(kind);
  const message = WORDS[status] ?? REFUSED;
  return api === "admin" ? failure(status, message) : discoveryErrors(status, message);
}

export function discoveryErrors(status: number, message: string): AdminReply {
  return json(status, { errors: [{ message }], data: null });
}

const REFUSED = "You do not have permission to perform this action";

const WORDS: Readonly<Record<number, string>> = {
  401: MESSAGES.badToken,
  403: MESSAGES.noPermission,
  404: MESSAGES.notFound,
  429: MESSAGES.throttled,
  500: "Internal server error",
};

/** As captured. */
const COMPLEXITY = {
  message:
    "Error: This query exceeds the complexity limit. Consider breaking it up into separate queries or limiting to necessary fields. See the API docs for example queries and recommendations. The environment endpoint is recommended for most use cases to get the latest results for a dbt project.",
  extensions: { code: "COMPLEXITY_EXCEEDED" },
};

export const HTML = {
  contentType: "text/html; charset=utf-8",
  body: '<!doctype html><html><head><title>dbt</title></head><body><div id="root"></div></body></html>',
} as const;

function refusedIn200(): AdminReply {
  return { ...failure(403, MESSAGES.noPermission), status: 200 };
}

/** Fields of an environment that the schema lets be null; the environment itself must not be. A job may. */
const NULLABLE = ["applied", "definition", "dbtProjectName", "adapterType"] as const;

/** A real answer of which one part failed: of the last environment one field, or the last job altogether. */
export function partial(body: unknown): unknown {
  if (!isRecord(body) || !isRecord(body.data)) return body;
  const data = { ...body.data };
  const error = (path: string[]) => ({ message: "Internal server error", path });
  const errors = Array.isArray(body.errors) ? body.errors : [];
  for (const [name, value] of Object.entries(data).reverse()) {
    if (!isRecord(value)) continue;
    const part = NULLABLE.find((key) => value[key] !== undefined && value[key] !== null);
    data[name] = part === undefined ? null : { ...value, [part]: null };
    return { errors: [...errors, error(part === undefined ? [name] : [name, part])], data };
  }
  return { errors: [...errors, error([])], data };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
