/** The operations as a REST API: each at its own path below `/api/v1`, with its input as query parameters. */
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import type { Ask } from "../ask.ts";
import { isRecord } from "../clean.ts";
import { accountOf } from "./account.ts";
import { pathInputs, pathOf } from "./address.ts";
import type { Asking } from "./answering.ts";
import { readBytes } from "./body.ts";
import type { HttpEnv } from "./context.ts";
import { jsonAnswer } from "./json.ts";
import { readQuery } from "./query.ts";

/** Bytes of a question in a body: a long SELECT with its parameters. */
const LARGEST_QUESTION = 200_000;
/** An answer may be kept by who asked, and is asked for again by its tag. */
const CACHE_CONTROL = "private, no-cache";

export interface RestOptions {
  operations: readonly Operation[];
  askFor: (asking: Asking) => Ask;
  version: string;
}

/** The API below `API`. */
export function restApi({ operations, askFor, version }: RestOptions): Hono<HttpEnv> {
  const api = new Hono<HttpEnv>();
  // The tag is of the answer itself: what `compress` sends instead has the same one, marked as weak.
  api.use(compress(), etag(), async (c, next) => {
    await next();
    if (c.res.ok) c.res.headers.set("Cache-Control", CACHE_CONTROL);
    c.res.headers.append("Vary", "Authorization, X-API-Key");
  });
  const answer = async (c: Context<HttpEnv>, operation: Operation, input: Record<string, unknown>) => {
    const { caller, requestId, signal } = c.var;
    const found = await askFor({ caller, requestId, door: "rest" })(operation, input, { signal });
    const links = linksOf(new URL(c.req.url), found.next_cursor);
    if (links !== null && c.req.method !== "POST") c.header("Link", links);
    return jsonAnswer(c, found);
  };
  for (const operation of inOrder(operations)) {
    const { method, template } = pathOf(operation);
    const route = template.replaceAll(/\{(\w+)\}/g, ":$1");
    if (method === "GET") {
      api.get(route, (c) => answer(c, operation, readAddress(c, operation)));
    } else {
      api.post(route, async (c) => answer(c, operation, await readBody(c)));
    }
  }
  api.get("/account", (c) => jsonAnswer(c, accountOf(c.var.caller, operations, version)));
  return api;
}

/** Fixed paths before those with a name in them: `/models/slowest` is no model. */
function inOrder(operations: readonly Operation[]): Operation[] {
  const isFixed = (operation: Operation) => pathInputs(operation).length === 0;
  return [...operations.filter(isFixed), ...operations.filter((operation) => !isFixed(operation))];
}

function readAddress(c: Context<HttpEnv>, operation: Operation): Record<string, unknown> {
  const query = new URL(c.req.url).searchParams;
  const twice = pathInputs(operation).find((name) => query.has(name));
  if (twice !== undefined) {
    throw new RunlensError(
      "INVALID_INPUT",
      `${twice} stands in the path and in the query.`,
      `Leave ${twice} out of the query.`,
    );
  }
  return { ...readQuery(operation, query), ...c.req.param() };
}

/** RFC 8288: where the list begins and where it goes on; null for what is no list, or all of it. */
function linksOf(url: URL, cursor: unknown): string | null {
  if (typeof cursor !== "string") return null;
  const page = (name: string | null) => {
    const query = new URLSearchParams(url.searchParams);
    query.delete("cursor");
    if (name !== null) query.set("cursor", name);
    return `${url.pathname}?${query}`;
  };
  return `<${page(cursor)}>; rel="next", <${page(null)}>; rel="first"`;
}

async function readBody(c: Context<HttpEnv>): Promise<Record<string, unknown>> {
  const query = [...new URL(c.req.url).searchParams.keys()];
  if (query.length > 0) {
    throw new RunlensError(
      "INVALID_INPUT",
      `${query[0]} stands in the address of a POST.`,
      "Send all arguments in the body, as a JSON object.",
    );
  }
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\b/i.test(type)) throw noObject("The body is not said to be application/json.");
  const body = await parsed(c);
  if (!isRecord(body)) throw noObject("The body is no JSON object.");
  return body;
}

async function parsed(c: Context<HttpEnv>): Promise<unknown> {
  const bytes = await readBytes(c.req.raw, LARGEST_QUESTION);
  if (bytes === null) throw tooLarge();
  try {
    // Not read as good as may be: a question with other characters in it would be another question.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw noObject("The body is not JSON in UTF-8.");
  }
}

function noObject(message: string): RunlensError {
  return new RunlensError(
    "INVALID_INPUT",
    message,
    'Send the arguments as a JSON object with the header "Content-Type: application/json".',
  );
}

function tooLarge(): RunlensError {
  return new RunlensError(
    "TOO_LARGE",
    `The body is larger than ${LARGEST_QUESTION / 1000} kB.`,
    "Send a shorter statement; what is looked for goes into params.",
  );
}
