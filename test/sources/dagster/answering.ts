/** A server that answers as a test says, and the questions of a Dagster deployment in front of it. */
import { graphqlSync } from "graphql";
import { expect } from "vitest";
import type { RunlensError } from "../../../src/errors.ts";
import { DagsterApi } from "../../../src/sources/dagster/api.ts";
import { INTROSPECTION } from "../../../src/sources/dagster/capabilities.ts";
import { type Told, vendorOf } from "../../../src/sources/dagster/failures.ts";
import { Transport, type TransportOptions } from "../../../src/sources/wire/transport.ts";
import { schemaOf } from "../../emulators/dagster/schema.ts";
import {
  failureOf,
  type Handler,
  QuickClock,
  type Served,
  send,
  serve,
  WAITING,
} from "../dbt-cloud/served.ts";

export const SECRET = "secret-of-a-header_0123456789";
export const OSS: Told = { name: "Dagster at localhost:3000", isPlus: false, secrets: [SECRET] };
export const PLUS: Told = { name: "Dagster+ at acme.dagster.cloud/prod", isPlus: true, secrets: [SECRET] };

/** Hints that name the variables of one kind of deployment. */
export const OF_URL = /DAGSTER_GRAPHQL_URL/;
export const OF_PLUS = /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/;
export const AGAIN = /Ask again in a minute/;

export const DOCUMENT = () => "query RunlensTest { runOrError { __typename } }";
/** What a server of 1.13 says that it has. */
export const SCHEMA = graphqlSync({ schema: schemaOf("1.13.27", false), source: INTROSPECTION });

export function apiOf(
  { url }: Pick<Served, "url">,
  told: Told,
  options: Partial<TransportOptions> = {},
): DagsterApi {
  const vendor = vendorOf(told, { "X-Secret": SECRET });
  const transport = new Transport({ vendor, clock: new QuickClock(), fetch, random: () => 0, ...options });
  return new DagsterApi(transport, `${url}/graphql`, told);
}

/** Says what it has, and leaves everything else to the handler. */
export const serveAfter = (handler: Handler): Promise<Served> =>
  serve((request, response, count) => {
    if (request.body.includes("RunlensSchema")) send(response, 200, SCHEMA);
    else return handler(request, response, count);
  });

/** Says what it has, and gives everything else this answer. */
export const serveAnswer = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Served> => serveAfter((_request, response) => send(response, status, body, headers));

/** How often a server was asked the question, and how often what it has. */
export const asked = ({ seen }: Served): number =>
  seen.filter(({ body }) => body.includes("RunlensTest")).length;
export const looks = ({ seen }: Served): number =>
  seen.filter(({ body }) => body.includes("RunlensSchema")).length;

/** The error of one answer, and how often it was asked for. */
export async function failure(
  told: Told,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ error: RunlensError; attempts: number }> {
  const served = await serveAnswer(status, body, headers);
  const api = apiOf(served, told);
  const error = await failureOf(
    api.ask(DOCUMENT, {}, WAITING).then((data) => api.memberOf(data, "runOrError", "Run")),
  );
  expect(error.message).toContain(told.name);
  return { error, attempts: asked(served) };
}

/** The answer in which the question has this member of its union. */
export const member = (typename: string, more: object = {}) => ({
  data: { runOrError: { __typename: typename, ...more } },
});

/** The answer that has errors alone. */
export const errors = (message: string, code?: string) => ({
  data: null,
  errors: [{ message, ...(code === undefined ? {} : { extensions: { code } }) }],
});
