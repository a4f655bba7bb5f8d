/** Who asks, and whether they may: both forms of the header, and what Discovery tells those without a token. */
import { type DocumentNode, Kind, parse } from "graphql";
import type { Recorded } from "./requests.ts";
import type { Token, World } from "./world.ts";

export interface Credentials {
  scheme: Recorded["scheme"];
  /** Null where the header is missing, or the token is none of the account's. */
  token: Token | null;
}

/** Reads `Authorization: Bearer <token>` or `Authorization: Token <token>`. */
export function credentials(header: string | undefined, world: World): Credentials {
  const [, word = "", value = ""] = /^(bearer|token)\s+(\S+)$/i.exec(header ?? "") ?? [];
  if (word === "") return { scheme: null, token: null };
  const token = world.tokens.find((one) => one.value === value) ?? null;
  return { scheme: word.toLowerCase() === "token" ? "Token" : "Bearer", token };
}

/** Whether a document asks for nothing but the schema, which is open to everyone. */
export function isIntrospection(query: unknown): boolean {
  const document = typeof query === "string" ? parsed(query) : null;
  const operations = (document?.definitions ?? []).filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const fields = operations.flatMap((one) =>
    "selectionSet" in one ? (one.selectionSet?.selections ?? []) : [],
  );
  const isOfSchema = (field: (typeof fields)[number]) =>
    field.kind === Kind.FIELD && ["__schema", "__type"].includes(field.name.value);
  return fields.length > 0 && fields.every(isOfSchema);
}

function parsed(query: string): DocumentNode | null {
  try {
    return parse(query, { noLocation: true });
  } catch {
    return null;
  }
}
