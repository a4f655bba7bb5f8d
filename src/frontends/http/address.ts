/** Where an operation is asked over REST. */
import type { Operation } from "../../operation.ts";

export const API = "/api/v1";

export interface Address {
  method: "GET" | "POST";
  /** From the server's root, with the query. */
  path: string;
  /** JSON; null for a GET. */
  body: string | null;
}

/** The method, and the path below `API` with its `{names}`. */
export function pathOf({ path }: Operation): { method: Address["method"]; template: string } {
  const [method, template = "/"] = path.split(" ");
  return { method: method === "POST" ? "POST" : "GET", template };
}

/** The inputs that stand in the operation's path. */
export function pathInputs(operation: Operation): string[] {
  return [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

/** Where to ask the operation this; the input has everything that stands in the path. */
export function addressOf(operation: Operation, input: Readonly<Record<string, unknown>>): Address {
  const { method, template } = pathOf(operation);
  const path = `${API}${template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])))}`;
  if (method === "POST") return { method, path, body: JSON.stringify(input) };
  const inPath = pathInputs(operation);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (inPath.includes(name) || value === undefined) continue;
    for (const one of [value].flat()) query.append(name, String(one));
  }
  return { method, path: query.size > 0 ? `${path}?${query}` : path, body: null };
}

/** The command that asks this of a server at `server`, as a shell takes it. */
export function curlCommand(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  server: string,
): string {
  const { path, body } = addressOf(operation, input);
  const address = quoted(`${server}${path}`);
  if (body === null) return `curl ${address}`;
  return `curl ${address} -H 'Content-Type: application/json' -d ${quoted(body)}`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
