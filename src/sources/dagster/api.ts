/** Questions to a deployment: documents that its version understands, and the members of unions that they ask for. */
import { RunlensError } from "../../errors.ts";
import { WireError } from "../wire/failure.ts";
import { GraphqlApi } from "../wire/graphql.ts";
import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import type { Transport } from "../wire/transport.ts";
import { Capabilities, INTROSPECTION } from "./capabilities.ts";
import { eventError } from "./event-error.ts";
import { failureOf, maintenanceOf, type Told, underMaintenance } from "./failures.ts";

/** A document, as this server's schema allows it. */
export type Document = (can: Capabilities) => string;

export class DagsterApi {
  readonly told: Told;
  readonly #graphql: GraphqlApi;
  #capabilities: Promise<Capabilities> | null = null;

  constructor(transport: Transport, url: string, told: Told) {
    this.told = told;
    this.#graphql = new GraphqlApi(transport, url, (body) => {
      const maintenance = maintenanceOf(body);
      return maintenance === null ? null : underMaintenance(told, maintenance);
    });
  }

  /** What the schema has; asked once, and again after a document was not understood. */
  capabilities(signal: AbortSignal): Promise<Capabilities> {
    this.#capabilities ??= this.#introspect(signal).catch((error: unknown) => {
      this.#capabilities = null;
      throw error;
    });
    return this.#capabilities;
  }

  async #introspect(signal: AbortSignal): Promise<Capabilities> {
    const { data } = await this.#graphql.query(INTROSPECTION, {}, signal);
    return new Capabilities(data);
  }

  /**
   * The data of a document. Errors beside data that is there are left to `memberOf`, which finds what is missing.
   * Rejects with the error of the failure.
   */
  async ask(
    document: Document,
    variables: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<WireObject> {
    try {
      return await this.#ask(document, variables, signal);
    } catch (error) {
      // The server may have become another version since it was asked what it has.
      if (!(error instanceof WireError) || error.reason !== "validation") throw error;
      this.#capabilities = null;
      return this.#ask(document, variables, signal);
    }
  }

  async #ask(
    document: Document,
    variables: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<WireObject> {
    const can = await this.capabilities(signal);
    const { data, errors } = await this.#graphql.query(document(can), variables, signal);
    const [first] = errors;
    const missing = Object.values(data).every((value) => value === null);
    if (first !== undefined && missing) throw this.#graphql.refusal(errors);
    return data;
  }

  /** The member of the union `field` that was asked for. Rejects with what another one says. */
  memberOf(data: WireObject, field: string, typename: string): WireObject {
    const member = data[field];
    if (!isObject(member)) {
      throw failureOf(this.told, { kind: "unreadable", what: `no ${field}` });
    }
    if (member.__typename === typename) return member;
    throw this.refusal(member);
  }

  /** The error that a member of a union is. */
  refusal(member: WireObject): WireError {
    const typename = textOf(member.__typename) ?? "something without a type";
    const named = textOf(member.className);
    const message = textOf(member.message);
    const error = { className: named, message, stack: null, cause: null };
    return failureOf(this.told, {
      kind: "member",
      typename,
      message: named === null ? (message ?? "") : eventError(error, false).root_cause,
    });
  }

  /** The member, or null where it says that there is no such thing. */
  memberOrNull(data: WireObject, field: string, typename: string): WireObject | null {
    try {
      return this.memberOf(data, field, typename);
    } catch (error) {
      if (
        error instanceof RunlensError &&
        error.code === "NOT_FOUND" &&
        objectOf(data[field]).__typename !== undefined
      )
        return null;
      throw error;
    }
  }
}

/** Objects of a list; what is none is left out. */
export function objectsOf(value: unknown): WireObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** An asset's key as people write it, `a/b`; null where there is none. */
export function keyOf(value: unknown): string | null {
  const { path } = objectOf(value);
  if (!Array.isArray(path) || path.length === 0) return null;
  return path.map(String).join("/");
}
