/** Values of settings as people write them in variables: checked, and paths made absolute. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { RunlensError } from "./errors.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** Environment variables; only `config.ts` takes them from the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable; undefined where it is not set or empty. */
export function readText(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  if (value === undefined || value === "") return undefined;
  if (!/^\$\{[^}]*\}$/.test(value)) return value;
  throw new RunlensError(
    "CONFIG",
    `${name} is still the placeholder ${value}.`,
    `Set ${name} to a value of yours.`,
  );
}

/** A number of seconds, 0 or more. */
export function readSeconds(environment: Environment, name: string): number | undefined {
  const value = readText(environment, name);
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw wrong(name, value, "a number of seconds, 0 or more");
}

/** `true` or `false`, in the words that people use for them. */
export function readBoolean(environment: Environment, name: string): boolean | undefined {
  const value = readText(environment, name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (["true", "1", "yes", "on"].includes(value)) return true;
  if (["false", "0", "no", "off"].includes(value)) return false;
  throw wrong(name, value, "true or false");
}

/** A level of the log, in any case. */
export function readLevel(environment: Environment, name: string): LogLevel | undefined {
  const value = readText(environment, name)?.toUpperCase();
  const level = LOG_LEVELS.find((known) => known === value);
  if (value !== undefined && level === undefined) throw wrong(name, value, LOG_LEVELS.join(", "));
  return level;
}

function wrong(name: string, value: string, expected: string): RunlensError {
  return new RunlensError("CONFIG", `${name} is "${value}".`, `It has to be ${expected}.`);
}

/** One path or several; a path that exists as it stands is one, whatever characters it has. */
export function splitPaths(value: string, cwd: string): string[] {
  const whole = toPath(value, cwd);
  if (existsSync(whole)) return [whole];
  const parts = value.split(new RegExp(`[,${delimiter}]`)).map((part) => part.trim());
  return parts.filter((part) => part !== "").map((part) => toPath(part, cwd));
}

/** Words separated by commas or spaces. */
export function splitWords(value: string): string[] {
  return value.split(/[,\s]+/).filter((word) => word !== "");
}

/** Absolute; clients that start runlens have no shell to resolve `~`. */
export function toPath(path: string, base: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolve(base, path);
}

/** Absolute folder, or `:memory:`. */
export function toStore(store: string, base: string): string {
  return store === ":memory:" ? store : toPath(store, base);
}

/** A copy without the fields that are undefined. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // What is left has no undefined in it; TypeScript cannot follow Object.fromEntries.
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
