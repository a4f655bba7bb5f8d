/** From the query of an address to an operation's input. */
import { RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import { type InputKind, inputKind, splitsAtCommas } from "../input-kind.ts";

/**
 * The input as its schema takes it: lists by repeating the name, closed lists also by commas. What the operation does
 * not know, or cannot be read as what it is to be, goes on as it is, so that the operation refuses it in its own words.
 * Throws `INVALID_INPUT` for what is given twice.
 */
export function readQuery(operation: Operation, query: URLSearchParams): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    // Only what the operation itself has: `constructor` is no input, though every object has one.
    const schema = Object.hasOwn(operation.input.shape, name) ? operation.input.shape[name] : undefined;
    define(input, name, schema === undefined ? values[0] : readValue(name, inputKind(schema), values));
  }
  return input;
}

/** Sets also what an object has from the start, such as `__proto__`, as a field like any other. */
function define(input: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(input, name, { value, enumerable: true, configurable: true, writable: true });
}

function readValue(name: string, kind: InputKind, values: readonly string[]): unknown {
  if (kind.list) {
    if (!splitsAtCommas(name, kind)) return values;
    return values.flatMap((value) => value.split(",")).map((word) => word.trim());
  }
  const [value = "", ...others] = values;
  if (others.length > 0) {
    throw new RunlensError("INVALID_INPUT", `${name} is given ${values.length} times.`, `Give ${name} once.`);
  }
  if (kind.type === "string") return value;
  return kind.type === "boolean" ? toBoolean(value) : toNumber(value);
}

function toBoolean(value: string): boolean | string {
  return value === "true" ? true : value === "false" ? false : value;
}

/** Numbers as JSON writes them; no spaces, no hexadecimal, nothing beyond what a number holds. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

function toNumber(value: string): number | string {
  const number = Number(value);
  return NUMBER.test(value) && Number.isFinite(number) ? number : value;
}
