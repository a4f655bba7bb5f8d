/** Conversations with an account, kept as files: what was asked of its APIs, what they said, and what was answered. */
import { type FieldNode, Kind, type OperationDefinitionNode, parse } from "graphql";
import type { Scrubber } from "./scrub.ts";

/** One request and its answer. Of a Discovery document its name is kept, since its text changes with the product. */
export interface Exchange {
  /** Path of the Admin API, or the name of the operation with its fields. */
  asked: string;
  /** The query of the path, or the variables of the document; values that are JSON are decoded. */
  with: Record<string, unknown>;
  status: number;
  /** JSON, or a text where it is none. */
  said: unknown;
}

export interface Recording {
  account_id: string;
  /** The clock stood there, ISO 8601 UTC. */
  now: string;
  questions: { name: string; input: Record<string, unknown>; answer: unknown }[];
  exchanges: Exchange[];
}

/** A fetch that keeps what passes through it. The headers, and so the token, are not looked at. */
export function recording(real: typeof fetch): { fetch: typeof fetch; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    fetch: async (input, init) => {
      const request = asked(urlOf(input), init?.body);
      const response = await real(input, init);
      const text = await response.text();
      exchanges.push({ ...request, status: response.status, said: decoded(text) });
      const type = response.headers.get("content-type") ?? "application/json";
      return new Response(text, { status: response.status, headers: { "content-type": type } });
    },
  };
}

/** A fetch that answers from what was kept, and fails what was never asked. Of equal requests the last one counts. */
export function replaying({ exchanges }: Pick<Recording, "exchanges">): typeof fetch {
  const kept = new Map(exchanges.map((exchange) => [keyOf(exchange), exchange]));
  return async (input, init) => {
    const request = asked(urlOf(input), init?.body);
    const found = kept.get(keyOf(request));
    if (found === undefined) throw new Error(`never asked: ${keyOf(request)}`);
    const body = typeof found.said === "string" ? found.said : JSON.stringify(found.said);
    return new Response(body, {
      status: found.status,
      headers: { "content-type": "application/json" },
    });
  };
}

/** The exchanges without anything of the account. */
export function scrubbed(exchanges: readonly Exchange[], scrubber: Scrubber): Exchange[] {
  for (const exchange of exchanges) scrubber.collect(leavesOf(exchange));
  for (const { asked: path } of exchanges) scrubber.collectPath(path);
  return exchanges.map((exchange) => ({
    ...exchange,
    asked: exchange.asked.startsWith("/") ? scrubber.path(exchange.asked) : exchange.asked,
    ...scrubber.scrub(leavesOf(exchange)),
  }));
}

const leavesOf = ({ with: parts, said }: Exchange) => ({ with: parts, said });

function asked(url: URL, body: unknown): Pick<Exchange, "asked" | "with"> {
  if (typeof body !== "string") {
    const query = [...url.searchParams].sort().map(([name, value]) => [name, decoded(value)]);
    return { asked: url.pathname, with: Object.fromEntries(query) };
  }
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
  return { asked: shapeOf(query), with: variables };
}

/** The name of a document with its fields, two levels deep: what lies below may change with the product. */
function shapeOf(document: string): string {
  const operation = parse(document).definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return "unnamed";
  const parts = fieldsOf(operation).map(
    (field) => `${nameOf(field)}(${fieldsOf(field).map(nameOf).join(" ")})`,
  );
  return `${operation.name?.value ?? "unnamed"} ${parts.join(" ")}`;
}

const nameOf = ({ alias, name }: FieldNode) => alias?.value ?? name.value;

function fieldsOf({ selectionSet }: OperationDefinitionNode | FieldNode): FieldNode[] {
  return (selectionSet?.selections ?? []).filter((node) => node.kind === Kind.FIELD);
}

function keyOf({ asked: what, with: parts }: Pick<Exchange, "asked" | "with">): string {
  return `${what} ${JSON.stringify(Object.entries(parts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

function urlOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}

/** Lists and objects within texts, so that they are scrubbed by their parts; numbers stay texts. */
function decoded(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
