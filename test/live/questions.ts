/** The first example of every operation, as each front end wants it. */
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";

export interface Question {
  name: string;
  input: Record<string, unknown>;
  /** The same on the command line. */
  args: string[];
}

/** One question for each operation; throws where an operation has no example. */
export const QUESTIONS: readonly Question[] = operations.map((operation) => {
  const input = firstExample(operation);
  return { name: operation.name, input, args: [dashed(operation.name), ...flags(input)] };
});

function firstExample({ name, examples }: Operation): Record<string, unknown> {
  const [example] = examples;
  if (example === undefined) throw new Error(`${name} has no example`);
  return example.input;
}

function flags(input: Record<string, unknown>): string[] {
  return Object.entries(input).flatMap(([name, value]) => {
    const flag = `--${dashed(name)}`;
    if (typeof value === "boolean") return value ? [flag] : [];
    return [value].flat().flatMap((one) => [flag, String(one)]);
  });
}

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}
