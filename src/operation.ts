/**
 * What an operation is, and the one path on which every front end runs it: parse, handle, shape, validate.
 */
import { LRUCache } from "lru-cache";
import * as z from "zod";
import type { Account } from "./core/account.ts";
import { type Camel, camelize } from "./core/case.ts";
import { nearest } from "./core/nearest.ts";
import type { Ask } from "./core/questions.ts";
import { RunlensError, throwIfCancelled } from "./errors.ts";
import type { Progress } from "./sources/source.ts";

/** One realistic question and the input that answers it. Shown in help and docs, run by the parity test. */
export interface Example<Input> {
  ask: string;
  input: Input;
}

/** Who runs an operation, and how the caller follows it. */
export interface Call {
  account: Account;
  /** Aborted when the caller goes away. */
  signal?: AbortSignal;
  /** Set where the caller asked for progress. */
  progress?: (progress: Progress) => void;
}

/** Anything with a `toJSON` that is the operation's answer. */
interface Answer {
  toJSON(): object;
}

/** POST only for what is too long for an address: nothing here changes anything. */
export type Path = `${"GET" | "POST"} /${string}`;

interface Definition<Input extends z.ZodObject, Output extends z.ZodObject> {
  /** snake_case; the file is `tools/<name with dashes>.ts`, the command `<name with dashes>`. */
  name: string;
  /** HTTP method and path; `{name}` parts are inputs. */
  path: Path;
  title: string;
  /** One line: what it answers. */
  summary: string;
  /** When to use it, and which operation to use instead. */
  guidance: string;
  input: Input;
  output: Output;
  examples: readonly Example<z.input<Input>>[];
  /** Fields of the items (or of the answer, where it is no list) that a table shows, in order. */
  columns: readonly string[];
  handle(input: Camel<z.output<Input>>, context: { account: Account; ask: Ask }): Promise<Answer>;
}

/** An operation as the front ends see it: without the types of its own input and output. */
export interface Operation {
  readonly name: string;
  readonly path: Path;
  readonly title: string;
  readonly summary: string;
  readonly guidance: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly examples: readonly Example<Record<string, unknown>>[];
  readonly columns: readonly string[];
  /** Runs it: `input` is whatever the caller sent. Rejects with a `RunlensError`. */
  run(input: unknown, call: Call): Promise<Record<string, unknown>>;
}

/** Makes an operation of its definition. */
export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Definition<Input, Output>,
): Operation {
  const { handle, ...facts } = definition;
  return {
    ...facts,
    // Examples are typed where they are written; the front ends treat them as plain data.
    examples: definition.examples as readonly Example<Record<string, unknown>>[],
    async run(raw, call) {
      const input = parseInput(definition.name, definition.input, raw);
      throwIfCancelled(call.signal);
      const { account, ...ask } = call;
      const answer = await handle(camelize(input), { account, ask });
      throwIfCancelled(call.signal);
      return shapeOnce(definition, input, answer.toJSON());
    },
  };
}

/** The input with defaults filled in, or `INVALID_INPUT` that names what is known. */
function parseInput<Input extends z.ZodObject>(name: string, schema: Input, raw: unknown): z.output<Input> {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const { issues } = parsed.error;
  // A misspelt argument is often why another one is missing: say that first.
  const misspelt = issues.find((candidate) => candidate.code === "unrecognized_keys");
  if (misspelt?.code === "unrecognized_keys") {
    const unknown = misspelt.keys.map((key) => `"${key}"`).join(", ");
    const near = misspelt.keys.flatMap((key) => nearest(key, known, 1));
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown argument ${unknown} for ${name}.`,
      `${near.length > 0 ? `Nearest: ${near.join(", ")}. ` : "Remove it. "}Known arguments: ${known.join(", ")}.`,
    );
  }
  const [issue] = issues;
  const where = issue?.path.join(".") ?? "";
  const missing = issue?.code === "invalid_type" && issue.input === undefined && !isIn(raw, where);
  throw new RunlensError(
    "INVALID_INPUT",
    missing
      ? `${name} needs ${where}.`
      : `${where || "The input"} of ${name} is not valid: ${issue?.message ?? "unreadable"}.`,
    `Arguments: ${known.join(", ")}. Lists are arrays of strings.`,
  );
}

function isIn(raw: unknown, key: string): boolean {
  return typeof raw === "object" && raw !== null && key in raw;
}

/**
 * Answers shaped before, by what they say: the same question again mostly has the same answer. Whoever gets one
 * gets the same object, so that later steps can remember what they made of it; nobody may change it.
 */
const shaped = new LRUCache<string, Record<string, unknown>>({
  maxSize: 8_000_000,
  sizeCalculation: (_, key) => 2 * key.length,
});

function shapeOnce<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Definition<Input, Output>,
  input: Record<string, unknown>,
  answer: object,
): Record<string, unknown> {
  const key = `${definition.name}\n${JSON.stringify(input.fields)}\n${JSON.stringify(answer)}`;
  const known = shaped.get(key);
  if (known !== undefined) return known;
  const fresh = shape(definition, input, answer);
  shaped.set(key, fresh);
  return fresh;
}

/** Applies `fields`, then holds the answer against the output schema: an answer that breaks it is a defect. */
function shape<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Definition<Input, Output>,
  input: Record<string, unknown>,
  answer: object,
): Record<string, unknown> {
  const checked = definition.output.safeParse(answer);
  if (!checked.success) {
    throw new RunlensError(
      "INTERNAL",
      `The answer of ${definition.name} breaks its schema.`,
      "Report this as a defect.",
      {
        cause: checked.error,
      },
    );
  }
  const fields = input.fields;
  const items = checked.data.items;
  if (!Array.isArray(fields) || !Array.isArray(items)) return checked.data;
  const columns = itemFields(definition.output);
  const unknown = fields.filter((field) => !columns.includes(field));
  if (unknown.length > 0) {
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown field ${unknown.map((field) => `"${field}"`).join(", ")} for ${definition.name}.`,
      `Fields: ${columns.join(", ")}.`,
    );
  }
  const picked = items.map((item) => Object.fromEntries(fields.map((field) => [field, item[field]])));
  return { ...checked.data, items: picked };
}

/** Names of the fields of a list's items; empty where the output is not a list. */
export function itemFields(output: z.ZodObject): string[] {
  const items = output.shape.items;
  if (!(items instanceof z.ZodArray) || !(items.element instanceof z.ZodObject)) return [];
  return Object.keys(items.element.shape);
}
