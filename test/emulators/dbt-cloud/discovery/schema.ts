/** The schema of a vintage, and how its fields are answered. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, isScalarType } from "graphql";
import { SCALARS } from "./scalars.ts";

/** `2026-06` has what was added after March 2025: pages of job lists, relation names, last known results. */
export type Vintage = "2025-03" | "2026-06";

/** Beside this folder; the bundle of the command, which is in dist/scripts, reads the sources too. */
const FOLDERS = ["../schema", "../../test/emulators/dbt-cloud/schema"] as const;

const loaded = new Map<Vintage, GraphQLSchema>();

export function loadSchema(vintage: Vintage): GraphQLSchema {
  const schema = loaded.get(vintage) ?? readSchema(vintage);
  loaded.set(vintage, schema);
  return schema;
}

function readSchema(vintage: Vintage): GraphQLSchema {
  const files = FOLDERS.map((folder) => join(import.meta.dirname, folder, `${vintage}.graphql`));
  const file = files.find((one) => existsSync(one)) ?? "";
  const schema = buildSchema(readFileSync(file, "utf8"));
  for (const type of Object.values(schema.getTypeMap())) {
    const behaviour = SCALARS[type.name];
    if (isScalarType(type) && behaviour !== undefined) Object.assign(type, behaviour);
  }
  return schema;
}

/**
 * A field is the property of that name, or what the method of that name gives for the arguments. One that the
 * emulator lacks is an error: null would be taken for an answer of the service.
 */
export const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, _context, info) => {
  if (typeof source !== "object" || source === null || !(info.fieldName in source)) {
    throw new Error(`${info.parentType.name}.${info.fieldName} is not emulated.`);
  }
  // Just seen to be there.
  const value = (source as Record<string, unknown>)[info.fieldName];
  return typeof value === "function" ? value.call(source, args) : value;
};
