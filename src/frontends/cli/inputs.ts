/** From an operation's zod input to options of the command line, and from what was typed to its input. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { INPUT_HELP } from "../../core/inputs.ts";
import { RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import { type InputKind, inputKind, splitsAtCommas } from "../input-kind.ts";

/** `last_n_runs` is `last-n-runs` on the command line. */
export function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

/**
 * The inputs that may stand without a name: what has to be given, and the id of the thing that a `get_` is
 * about.
 */
export function positionals(operation: Operation): string[] {
  const own = `${operation.name.replace(/^get_/, "")}_id`;
  return Object.entries(operation.input.shape)
    .filter(([name, schema]) => {
      const { type, list, required } = inputKind(schema);
      return type === "string" && !list && (required || name === own);
    })
    .map(([name]) => name);
}

/** Adds an option for each input of the operation. */
export function addInputs(command: Command, operation: Operation): void {
  for (const name of positionals(operation)) command.argument(`[${dashed(name)}]`, INPUT_HELP[name] ?? "");
  for (const [name, schema] of Object.entries(operation.input.shape)) {
    command.addOption(toOption(name, inputKind(schema)));
  }
}

function toOption(name: string, kind: InputKind): Option {
  const flag = `--${dashed(name)}`;
  const details = [
    kind.list ? "repeat for several" : "",
    kind.list && kind.choices !== null ? `choices: ${kind.choices.join(", ")}` : "",
    kind.default === undefined || kind.type === "boolean" ? "" : `default: ${String(kind.default)}`,
  ].filter((detail) => detail !== "");
  const help = [INPUT_HELP[name] ?? "", details.length > 0 ? `(${details.join("; ")})` : ""];
  const description = help.filter((part) => part !== "").join(" ");
  if (kind.type === "boolean") return new Option(flag, description);
  const option = new Option(`${flag} <${isNumeric(kind) ? "number" : "text"}>`, description);
  if (kind.list)
    return option.argParser((value, before: string[] | undefined) => [
      ...(before ?? []),
      ...words(name, kind, value),
    ]);
  if (kind.choices !== null) return option.choices(kind.choices);
  return isNumeric(kind) ? option.argParser(toNumber) : option;
}

function isNumeric({ type }: InputKind): boolean {
  return type === "number" || type === "integer";
}

function words(name: string, kind: InputKind, value: string): string[] {
  return splitsAtCommas(name, kind) ? value.split(",").map((word) => word.trim()) : [value];
}

function toNumber(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number))
    throw new InvalidArgumentError("It has to be a number.");
  return number;
}

/** The operation's input from what was typed: named options, and values that stand alone. */
export function readInput(
  operation: Operation,
  options: Readonly<Record<string, unknown>>,
  alone: readonly (string | undefined)[],
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const name of Object.keys(operation.input.shape)) {
    const value = options[optionKey(name)];
    if (value !== undefined) input[name] = value;
  }
  positionals(operation).forEach((name, index) => {
    const value = alone[index];
    if (value === undefined) return;
    if (input[name] !== undefined && input[name] !== value) {
      throw new RunlensError(
        "INVALID_INPUT",
        `${dashed(name)} is given twice: ${value} and ${String(input[name])}.`,
        `Give it once, alone or as --${dashed(name)}.`,
      );
    }
    input[name] = value;
  });
  return input;
}

/** The name under which commander keeps an option. */
function optionKey(name: string): string {
  return dashed(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
