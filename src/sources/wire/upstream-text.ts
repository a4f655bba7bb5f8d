/** What the platform says of a failure, made fit for a message of runlens. */
import { isObject, objectOf, textOf } from "./loose.ts";

const LONGEST = 200;
// Controls, line ends, and the marks that reorder or hide text.
const UNSAFE = /[\p{Cc}\p{Bidi_C}\u200b\u2028\u2029\u2060\ufeff]+/gu;

/** `text` short, on one line, and without the token. */
export function quoted(text: string, token: string): string {
  const plain = text.replace(UNSAFE, " ").trim();
  const safe = token === "" ? plain : plain.replaceAll(token, "***");
  const characters = [...safe];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : safe;
}

/** One error of a GraphQL answer. */
export interface GraphqlError {
  message: string;
  /** Of its extensions, e.g. `COMPLEXITY_EXCEEDED`. */
  code: string | null;
}

/** Errors as an answer has them: a list, or what stands in its place. */
export function graphqlErrorsOf(value: unknown): GraphqlError[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((error: unknown) => {
    const { message, extensions } = objectOf(error);
    return { message: textOf(message) ?? "no reason given", code: textOf(objectOf(extensions).code) };
  });
}

/** What the body of a refusal says: GraphQL errors, or the text for users in the Admin API's envelope. */
export function sayingOf(body: string): { text: string; errors: GraphqlError[] } {
  const json = parsed(body);
  if (!isObject(json)) return { text: "", errors: [] };
  const errors = graphqlErrorsOf(json.errors);
  const said = textOf(objectOf(json.status).user_message) ?? errors[0]?.message ?? textOf(json.message);
  return { text: said ?? "", errors };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
