/** Documents and their answers: graphql-request over the transport that all callers share. */
import { GraphQLClient } from "graphql-request";
import { RunlensError } from "../../errors.ts";
import { withExactIds } from "./exact-json.ts";
import type { WireError } from "./failure.ts";
import { isObject, type WireObject } from "./loose.ts";
import { isPage, type Transport } from "./transport.ts";
import { type GraphqlError, graphqlErrorsOf } from "./upstream-text.ts";

/** Data with the errors that came beside it. */
export interface Reply {
  data: WireObject;
  errors: GraphqlError[];
}

export class GraphqlApi {
  readonly #transport: Transport;
  readonly #client: GraphQLClient;
  readonly #refusalIn: (body: string) => WireError | null;

  /** `refusalIn` finds what a body says that is no GraphQL answer, where the vendor has such bodies. */
  constructor(transport: Transport, url: string, refusalIn: (body: string) => WireError | null = () => null) {
    this.#transport = transport;
    this.#refusalIn = refusalIn;
    this.#client = new GraphQLClient(url, {
      errorPolicy: "all",
      fetch: (input, init) => this.#fetch(String(input), init),
    });
  }

  /**
   * Data of a document, with the errors that came beside it. Rejects where there is no data at all, or where nothing
   * of it was answered but by errors.
   */
  async query(document: string, variables: Record<string, unknown>, signal: AbortSignal): Promise<Reply> {
    const { data, errors } = await this.#ask(document, variables, signal);
    const found = graphqlErrorsOf(errors);
    if (!isObject(data)) throw this.refusal(found);
    // A field may be null without an error: `job` of a job that is unknown is an answer.
    const isEmpty = Object.values(data).every((value) => value === null);
    if (isEmpty && (found.length > 0 || Object.keys(data).length === 0)) throw this.refusal(found);
    return { data, errors: found };
  }

  /** What errors of an answer mean; none at all where there should have been data. */
  refusal(errors: readonly GraphqlError[]): WireError {
    return this.#transport.failure(
      errors.length === 0
        ? { kind: "unreadable", what: "neither data nor errors" }
        : { kind: "graphql", errors, until: null },
    );
  }

  async #ask(query: string, variables: Record<string, unknown>, signal: AbortSignal) {
    try {
      const { data, errors } = await this.#client.rawRequest<unknown>({ query, variables, signal });
      const all: unknown = errors;
      return { data, errors: all };
    } catch (error) {
      if (error instanceof RunlensError) throw error;
      // What the client cannot make sense of is no answer of a GraphQL server.
      const what = error instanceof SyntaxError ? "something that is not JSON" : "no GraphQL answer";
      throw this.#transport.failure({ kind: "unreadable", what });
    }
  }

  async #fetch(url: string, init: RequestInit | undefined): Promise<Response> {
    const { body, signal } = init ?? {};
    const answer = await this.#transport.send(
      url,
      {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        ...(typeof body === "string" ? { body } : {}),
      },
      signal ?? new AbortController().signal,
    );
    if (isPage(answer)) throw this.#transport.failure({ kind: "html" });
    const text = new TextDecoder().decode(answer.body);
    const refusal = this.#refusalIn(text);
    if (refusal !== null) throw refusal;
    // The client reads as JSON only what says that it is.
    return new Response(withExactIds(text), {
      headers: { "content-type": "application/json" },
    });
  }
}
