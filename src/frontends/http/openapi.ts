/** The REST API as an OpenAPI 3.1 document, made of the operations alone. */
import * as z from "zod";
import { INPUT_HELP } from "../../core/inputs.ts";
import type { Operation } from "../../operation.ts";
import { isRecord } from "../clean.ts";
import { inputKind, splitsAtCommas } from "../input-kind.ts";
import { compact, type JsonSchema, responseSchema } from "../schemas.ts";
import { CallerAccount } from "./account.ts";
import { API, pathInputs, pathOf } from "./address.ts";
import { roleFor } from "./caller.ts";
import { errorReferences, errorResponses, errorSchema, HEADERS, refer } from "./openapi-responses.ts";

export interface OpenApiOptions {
  version: string;
  /** True where nobody is answered without a key or a token. */
  isProtected?: boolean;
  /** Issuers of tokens that the server takes beside its keys. */
  issuers?: readonly string[];
}

const ABOUT = `How data pipelines ran: what is slow, broken or stale, what it affects, and since when. It only reads.

Lists go on by \`cursor\`: the header \`Link\` has the next page. An answer has an \`ETag\`; with \`If-None-Match\` one that has not changed is 304. Every error has the same body: a code of a closed table, what is wrong, and the next move. Times are ISO 8601 in UTC, names that end in \`_s\` are seconds.`;

/** The document; `operations` in their order. */
export function openApi(operations: readonly Operation[], options: OpenApiOptions) {
  const { version, isProtected = false, issuers = [] } = options;
  const schemes = {
    key: {
      type: "http",
      scheme: "bearer",
      description:
        "A key of this server, or a token of its authorization server. Where the server listens on its own machine alone, none may be needed.",
    },
    ...Object.fromEntries(
      issuers.map((issuer, index) => [
        `issuer${index + 1}`,
        {
          type: "openIdConnect",
          openIdConnectUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
        },
      ]),
    ),
  };
  return {
    openapi: "3.1.1",
    info: {
      title: "runlens",
      version,
      summary: "How your data pipelines ran.",
      description: ABOUT,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [...(isProtected ? [] : [{}]), ...Object.keys(schemes).map((name) => ({ [name]: [] }))],
    paths: { ...Object.fromEntries(operations.map(pathItem)), [`${API}/account`]: accountItem() },
    components: {
      schemas: {
        ...Object.fromEntries(
          operations.map((operation) => [answerName(operation), answerSchema(operation)]),
        ),
        Account: withoutDialect(z.toJSONSchema(CallerAccount)),
        Source: sourceOf(operations),
        Error: errorSchema(),
      },
      responses: errorResponses(),
      headers: HEADERS,
      securitySchemes: schemes,
    },
  };
}

function pathItem(operation: Operation): [path: string, item: object] {
  const { method, template } = pathOf(operation);
  const asked = method === "GET" ? { parameters: parameters(operation) } : { requestBody: body(operation) };
  const least = roleFor(operation);
  const item = {
    operationId: operation.name,
    summary: operation.summary,
    description: `${operation.guidance}${least === "viewer" ? "" : ` Needs the role ${least}.`}`,
    tags: [template.split("/")[1] ?? ""],
    ...asked,
    responses: responses(refer("schemas", answerName(operation)), method, isList(operation)),
  };
  return [`${API}${template}`, { [method.toLowerCase()]: item }];
}

function accountItem(): object {
  return {
    get: {
      operationId: "get_account",
      summary: "Who you are to this server, and what you may ask.",
      description: "projects are those that you may see; null where you may see all.",
      tags: ["account"],
      responses: responses(refer("schemas", "Account"), "GET", false),
    },
  };
}

function responses(schema: object, method: "GET" | "POST", isPaged: boolean): object {
  const all = { "X-Request-Id": refer("headers", "X-Request-Id") };
  const tagged = { ETag: refer("headers", "ETag"), "Cache-Control": refer("headers", "Cache-Control") };
  const answered = {
    description: "The answer.",
    headers: {
      ...all,
      ...(method === "GET" ? tagged : {}),
      ...(method === "GET" && isPaged ? { Link: refer("headers", "Link") } : {}),
    },
    content: { "application/json": { schema } },
  };
  const unchanged = { description: "What If-None-Match names is still the answer.", headers: tagged };
  return { "200": answered, ...(method === "GET" ? { "304": unchanged } : {}), ...errorReferences() };
}

function parameters(operation: Operation): object[] {
  const inPath = pathInputs(operation);
  return Object.entries(inputSchemas(operation)).map(([name, schema]) => ({
    name,
    in: inPath.includes(name) ? "path" : "query",
    required: inPath.includes(name) || inputKindOf(operation, name).required,
    description: helpOf(operation, name),
    ...(schema.type === "array" ? { style: "form", explode: true } : {}),
    schema,
    ...examplesOf(operation, (input) => input[name]),
  }));
}

function body(operation: Operation): object {
  const properties = Object.fromEntries(
    Object.entries(inputSchemas(operation)).map(([name, schema]) => [
      name,
      { description: INPUT_HELP[name] ?? "", ...schema },
    ]),
  );
  const required = Object.keys(properties).filter((name) => inputKindOf(operation, name).required);
  const schema = { type: "object", properties, required, additionalProperties: false };
  return {
    required: true,
    content: { "application/json": { schema, ...examplesOf(operation, (input) => input) } },
  };
}

/** What the examples of the operation say, by the question that each asks. */
function examplesOf(operation: Operation, pick: (input: Record<string, unknown>) => unknown): object {
  const given = operation.examples.flatMap(({ ask, input }, index) => {
    const value = pick(input);
    return value === undefined ? [] : [[`example${index + 1}`, { summary: ask, value }]];
  });
  return given.length > 0 ? { examples: Object.fromEntries(given) } : {};
}

function inputSchemas(operation: Operation): Record<string, JsonSchema> {
  const { properties } = z.toJSONSchema(operation.input, {
    io: "input",
    override: ({ jsonSchema }) => compact(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(properties ?? {}).flatMap(([name, schema]) => (isRecord(schema) ? [[name, schema]] : [])),
  );
}

function inputKindOf(operation: Operation, name: string) {
  return inputKind(operation.input.shape[name] ?? z.string());
}

function helpOf(operation: Operation, name: string): string {
  const kind = inputKindOf(operation, name);
  if (!kind.list) return INPUT_HELP[name] ?? "";
  const several = splitsAtCommas(name, kind)
    ? "Repeat it for several, or use commas."
    : "Repeat it for several.";
  return `${INPUT_HELP[name] ?? ""} ${several}`.trim();
}

/** `slowest_models` is `SlowestModelsAnswer`. */
function answerName({ name }: Operation): string {
  const words = name.split("_").map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Answer`;
}

function isList(operation: Operation): boolean {
  return "next_cursor" in operation.output.shape;
}

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** What all answers say of where they come from. */
function sourceOf(operations: readonly Operation[]): JsonSchema {
  for (const operation of operations) {
    const { properties } = responseSchema(operation);
    if (isRecord(properties) && isRecord(properties.source)) return properties.source;
  }
  return { type: "object" };
}

/** The answer's schema. Where a caller may choose the fields of the items, none of them has to be there. */
function answerSchema(operation: Operation): JsonSchema {
  const { properties, ...schema } = withoutDialect(responseSchema(operation));
  const { items, source, ...own } = isRecord(properties) ? properties : {};
  return {
    ...schema,
    properties: {
      ...(isRecord(items) ? { items: "fields" in operation.input.shape ? chosen(items) : items } : {}),
      ...own,
      ...(source === undefined ? {} : { source: refer("schemas", "Source") }),
    },
  };
}

function chosen(list: JsonSchema): JsonSchema {
  if (!isRecord(list.items)) return list;
  const { required: _, ...item } = list.items;
  return { ...list, items: { ...item, description: "All of these, or those that `fields` names." } };
}
