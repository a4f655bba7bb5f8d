/** Asks an emulator, for its own tests. */
import type { Emulator } from "./server.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** The body, parsed where it is JSON. */
  body: unknown;
}

export async function ask(
  { url }: Pick<Emulator, "url">,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return answerOf(
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query, variables }),
    }),
  );
}

export async function answerOf(reply: Response): Promise<Answer> {
  const text = await reply.text();
  const isJson = reply.headers.get("content-type") === "application/json";
  return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text };
}

/** The value at a path of an answer, e.g. `data.runsOrError.results.0.runId`; undefined where there is none. */
export function at(body: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Reflect.get(value, key);
  }, body);
}

/** The same, of which a list is expected. */
export function listAt(body: unknown, path: string): unknown[] {
  const found = at(body, path);
  if (!Array.isArray(found)) throw new Error(`no list at ${path}: ${JSON.stringify(body).slice(0, 400)}`);
  return found;
}
