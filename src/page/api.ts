/** Questions to the REST API of the server that the page came from. */
import type { ErrorBody } from "../errors.ts";
import { session } from "./session.ts";

/** What a question was refused with: what is wrong, and the next move. */
export class Refusal extends Error {
  readonly status: number;
  readonly hint: string;

  constructor(status: number, message: string, hint: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.hint = hint;
  }
}

export type Query = Readonly<Record<string, string | number | readonly string[] | null>>;

/**
 * Asks at a path below the API; null leaves an argument out. Rejects with a `Refusal`, or with an `AbortError` when the
 * signal is aborted.
 */
export async function ask<Answer>(path: string, query: Query, signal: AbortSignal): Promise<Answer> {
  const response = await send(`api/v1/${path}?${searchOf(query)}`, signal);
  if (!response.ok) throw await refusalOf(response);
  // The server checks each answer by the schema of these same types before it leaves.
  return response.json();
}

async function send(path: string, signal: AbortSignal): Promise<Response> {
  const headers = session.key === null ? {} : { Authorization: `Bearer ${session.key}` };
  try {
    return await fetch(path, { signal, headers });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refusal(0, "The server does not answer.", "See whether it still runs, then try again.");
  }
}

function searchOf(query: Query): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  return search;
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const { error }: ErrorBody = await response.json();
    return new Refusal(response.status, error.message, error.hint);
  } catch {
    // A proxy between may answer in its own words.
    return new Refusal(response.status, `The server answers ${response.status}.`, "Try again in a while.");
  }
}
