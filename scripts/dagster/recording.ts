/** Conversations with a Dagster, kept as files: what was asked of its GraphQL, and what it said. */
import { createHash } from "node:crypto";
import { parse, print } from "graphql";
import { withoutPlaces } from "./paths.ts";

/** One request and its answer. */
export interface Exchange {
  /** Name of the document, and a hash of it: an answer to another question is none. */
  asked: string;
  with: Record<string, unknown>;
  status: number;
  said: unknown;
}

export interface Recording {
  /** Of the package `dagster`. */
  version: string;
  /** The clock stood there, ISO 8601 UTC. */
  now: string;
  /** Ids of runs by their names in the tests. */
  runs: Record<string, string>;
  exchanges: Exchange[];
}

/** Where sources believe the server to be: a recording knows nothing of where it was. */
export const ADDRESS = "http://dagster.example";

/** A fetch that asks the server at `url` (an address of GraphQL) and keeps what passes, without paths of its machine. */
export function recording(url: string): { fetch: typeof fetch; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    fetch: async (_, init) => {
      const response = await fetch(url, init);
      const text = withoutPlaces(await response.text());
      exchanges.push({ ...asked(init?.body), status: response.status, said: JSON.parse(text) });
      return answer(text, response.status);
    },
  };
}

/**
 * A fetch that answers from what was kept; of equal requests the last one counts. What was never asked is refused and
 * stands in `missing`: a source may go on without an answer.
 */
export function replaying({ exchanges }: Pick<Recording, "exchanges">): {
  fetch: typeof fetch;
  missing: string[];
} {
  const kept = new Map(exchanges.map((exchange) => [keyOf(exchange), exchange]));
  const missing: string[] = [];
  return {
    missing,
    fetch: async (_, init) => {
      const request = asked(init?.body);
      const found = kept.get(keyOf(request));
      if (found !== undefined) return answer(JSON.stringify(found.said), found.status);
      missing.push(keyOf(request));
      return answer(JSON.stringify({ errors: [{ message: `never asked: ${request.asked}` }] }), 400);
    },
  };
}

function asked(body: unknown): Pick<Exchange, "asked" | "with"> {
  // The body is what the product's own client has written.
  const { query, variables } = JSON.parse(String(body)) as {
    query: string;
    variables: Record<string, unknown>;
  };
  const document = print(parse(query));
  const name = /^query (\w+)/.exec(document)?.[1] ?? "unnamed";
  return {
    asked: `${name} ${createHash("sha256").update(document).digest("hex").slice(0, 12)}`,
    with: variables,
  };
}

function keyOf({ asked: what, with: parts }: Pick<Exchange, "asked" | "with">): string {
  return `${what} ${JSON.stringify(Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function answer(body: string, status: number): Response {
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}
