/**
 * JSON Schemas of operations: compact ones for the tool list, whose size every conversation pays for, and the
 * full ones for `--response-schema` and the docs. Each is made once.
 */
import * as z from "zod";
import { INPUT_HELP } from "../core/inputs.ts";
import type { Operation } from "../operation.ts";
import { type InputKind, inputKind } from "./input-kind.ts";

export type JsonSchema = Record<string, unknown>;

/** Makes `make` remember its answer for each operation. */
function once(make: (operation: Operation) => JsonSchema): (operation: Operation) => JsonSchema {
  const made = new WeakMap<Operation, JsonSchema>();
  return (operation) => {
    const known = made.get(operation);
    if (known !== undefined) return known;
    const schema = make(operation);
    made.set(operation, schema);
    return schema;
  };
}

/**
 * What a tool accepts. Left out is what costs more tokens, in every conversation, than it helps: the inputs'
 * help, which the server's instructions give once; bounds, whose breach is refused with a clear error; and
 * defaults that are no news.
 */
export const inputSchema = once((operation) => {
  const kinds = Object.entries(operation.input.shape).map(([name, field]) => ({
    name,
    kind: inputKind(field),
  }));
  const required = kinds.filter(({ kind }) => kind.required).map(({ name }) => name);
  return {
    type: "object",
    properties: Object.fromEntries(kinds.map(({ name, kind }) => [name, fieldSchema(kind)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
});

const QUIET_DEFAULTS: readonly unknown[] = [undefined, false, "include"];

function fieldSchema(kind: InputKind): JsonSchema {
  const one = kind.choices === null ? { type: kind.type } : { type: kind.type, enum: kind.choices };
  const schema = kind.list ? { type: "array", items: one } : one;
  return QUIET_DEFAULTS.includes(kind.default) ? schema : { ...schema, default: kind.default };
}

/** The names of an answer's fields with their plain types; what is nested is an object. */
export const outputSchema = once((operation) => ({
  type: "object",
  properties: Object.fromEntries(
    Object.entries(operation.output.shape).map(([name, field]) => [name, shallow(field)]),
  ),
}));

/** The answer in full. */
export const responseSchema = once((operation) =>
  z.toJSONSchema(operation.output, { io: "output", override: ({ jsonSchema }) => compact(jsonSchema) }),
);

/** Drops what says nothing to a reader: bounds of safe integers, and patterns beside a format. */
export function compact(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.format !== undefined) delete schema.pattern;
}

function shallow(field: z.core.$ZodType): JsonSchema {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return shallow(field.unwrap());
  // Any type: the pair of a type and null costs seven tokens a field.
  if (field instanceof z.ZodNullable) return {};
  if (field instanceof z.ZodArray) {
    const { type } = shallow(field.element);
    return { type: "array", items: type === undefined ? {} : { type } };
  }
  if (field instanceof z.ZodObject || field instanceof z.ZodRecord) return { type: "object" };
  if (field instanceof z.ZodNumber) return { type: field.isInt ? "integer" : "number" };
  if (field instanceof z.ZodBoolean) return { type: "boolean" };
  if (field instanceof z.ZodString || field instanceof z.ZodEnum) return { type: "string" };
  return {};
}

/** The inputs that more than one operation has, with their help, in the order of `INPUT_HELP`. */
export function sharedInputs(operations: readonly Operation[]): [name: string, help: string][] {
  return Object.entries(INPUT_HELP).filter(
    ([name]) => operations.filter((operation) => name in operation.input.shape).length > 1,
  );
}
