/**
 * What an input takes, read from its zod schema. Inputs are flat by the house's rule, so that a few lines know
 * all of them; `z.toJSONSchema` says the same (a test compares them) but takes a twentieth of a cold start.
 */
import * as z from "zod";

/** What one input takes. `choices` are the words of a closed list. */
export interface InputKind {
  type: "string" | "number" | "integer" | "boolean";
  list: boolean;
  choices: readonly string[] | null;
  default: unknown;
  required: boolean;
}

/** What the schema of one input takes; `required` where it has to be given. */
export function inputKind(schema: z.core.$ZodType): InputKind {
  if (schema instanceof z.ZodDefault) {
    return { ...inputKind(schema.unwrap()), default: schema.def.defaultValue, required: false };
  }
  if (schema instanceof z.ZodOptional) return { ...inputKind(schema.unwrap()), required: false };
  if (schema instanceof z.ZodArray) return { ...inputKind(schema.element), list: true };
  const kind: InputKind = { type: "string", list: false, choices: null, default: undefined, required: true };
  if (schema instanceof z.ZodEnum) return { ...kind, choices: schema.options.map(String) };
  if (schema instanceof z.ZodNumber) return { ...kind, type: schema.isInt ? "integer" : "number" };
  if (schema instanceof z.ZodBoolean) return { ...kind, type: "boolean" };
  return kind;
}

/** Open lists whose words never hold a comma, so that `A,B` can mean two of them. */
const COMMA_LISTS = new Set(["event_type", "status", "level", "include", "fields"]);

/** True for a list that may also be written as one text with commas. */
export function splitsAtCommas(name: string, kind: InputKind): boolean {
  return kind.list && (kind.choices !== null || COMMA_LISTS.has(name));
}
