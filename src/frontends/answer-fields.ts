/** The fields of an answer in words, for pages that people read. */
import type { Operation } from "../operation.ts";
import { isRecord } from "./clean.ts";
import { type JsonSchema, responseSchema } from "./schemas.ts";

export interface AnswerField {
  name: string;
  /** How many objects it lies in. */
  depth: number;
  /** `list of string`, `success, failure or null`. */
  type: string;
}

/** Each field of the operation's answer, its own fields after it; `word` writes a word of a closed list. */
export function answerFields(operation: Operation, word = (text: string) => text): AnswerField[] {
  return fieldsOf(responseSchema(operation), 0, word);
}

type Word = (text: string) => string;

function fieldsOf(schema: JsonSchema, depth: number, word: Word): AnswerField[] {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([name, field]) => {
    if (!isRecord(field)) return [];
    const { type, inner } = described(field, word);
    return [{ name, depth, type }, ...(inner === null ? [] : fieldsOf(inner, depth + 1, word))];
  });
}

/** A type in words, and the object whose fields are to be listed below. */
function described(field: JsonSchema, word: Word): { type: string; inner: JsonSchema | null } {
  if (Array.isArray(field.anyOf)) {
    const [first] = field.anyOf.filter(isRecord).filter((option) => option.type !== "null");
    const { type, inner } = described(first ?? {}, word);
    return { type: `${type} or null`, inner };
  }
  if (Array.isArray(field.enum))
    return { type: field.enum.map((choice) => word(String(choice))).join(", "), inner: null };
  if (field.type === "array" && isRecord(field.items)) {
    const { type, inner } = described(field.items, word);
    return { type: `list of ${type}`, inner };
  }
  if (field.type !== "object") return { type: [field.type ?? "any"].flat().join(" or "), inner: null };
  const values = field.additionalProperties;
  const isRecordType = field.properties === undefined && isRecord(values);
  return { type: isRecordType ? `object of ${described(values, word).type}` : "object", inner: field };
}
