/** One GraphQL request, from its text to an answer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import type { Fault } from "./faults.ts";
import { json, type Reply, withWord } from "./replies.ts";
import type { Asked } from "./requests.ts";

/** From `dist/scripts` and from this folder alike. */
const FOLDERS = [".", "../../test/emulators/paradime"];

function sdl(): string {
  for (const folder of FOLDERS) {
    try {
      return readFileSync(join(import.meta.dirname, folder, "schema.graphql"), "utf8");
    } catch {
      // The next place.
    }
  }
  throw new Error("no schema of Paradime");
}

/**
 * The schema; `strict` for one in which no field of Query may be null, so that one that fails takes the others with it.
 * Which of the two the vendor has is not known.
 */
export function schemaOf(strict: boolean): GraphQLSchema {
  const text = sdl();
  if (!strict) return buildSchema(text);
  const end = text.indexOf("\n}\n");
  return buildSchema(text.slice(0, end).replaceAll(/\): (\w+)$/gm, "): $1!") + text.slice(end));
}

export async function answer(
  schema: GraphQLSchema,
  { query, variables }: Asked,
  root: object,
  fault: Fault | null,
): Promise<Reply> {
  let document: ReturnType<typeof parse>;
  try {
    document = parse(query);
  } catch (error) {
    return json(200, { data: null, errors: [shown(error)] });
  }
  const wrong = validate(schema, document);
  if (wrong.length > 0) return json(200, { data: null, errors: wrong.map(shown) });
  let broken = fault?.kind !== "one-error";
  const result = await execute({
    schema,
    document,
    rootValue: root,
    variableValues: variables,
    fieldResolver: (source, args, context, info) => {
      if (!broken && info.path.prev === undefined) {
        broken = true;
        throw new GraphQLError("Something went wrong");
      }
      const value = source[info.fieldName];
      return typeof value === "function" ? value(args, context, info) : value;
    },
  });
  const data =
    fault?.kind === "unknown-word" ? withWord(result.data, fault.field ?? "", fault.word ?? "") : result.data;
  return json(200, { data: data ?? null, ...(result.errors && { errors: result.errors.map(shown) }) });
}

/** As the vendor shows errors: a message and where, without a code. */
function shown(error: unknown): object {
  if (!(error instanceof GraphQLError)) return { message: String(error) };
  const { message, path } = error;
  return { message, ...(path && { path }) };
}
