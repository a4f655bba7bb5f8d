/** The parameters of a request, in the spellings that clients use. */
import { parseTime } from "../times.ts";
import { AdminError } from "./envelope.ts";

/**
 * The items of a list that is repeated (`a=1&a=2`), separated by commas (`a=1,2`) or in brackets (`a=[1,2]`,
 * `a=["x","y"]`, `a=['x','y']`); null where the parameter is not given.
 */
export function items(params: URLSearchParams, name: string): string[] | null {
  const given = params.getAll(name);
  if (given.length === 0) return null;
  return given
    .flatMap((value) =>
      value
        .trim()
        .replace(/^\[(.*)\]$/s, "$1")
        .split(","),
    )
    .map((item) => item.trim().replace(/^(["'])(.*)\1$/, "$2"))
    .filter((item) => item !== "");
}

export function related(params: URLSearchParams): ReadonlySet<string> {
  return new Set(items(params, "include_related") ?? []);
}

export function integer(name: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new AdminError(400, `${name} must be an integer: ${text}`);
  return Number(text);
}

export function flag(name: string, text: string): boolean {
  const word = text.toLowerCase();
  if (["true", "1"].includes(word)) return true;
  if (["false", "0"].includes(word)) return false;
  throw new AdminError(400, `${name} must be true or false: ${text}`);
}

/** Epoch milliseconds. */
export function time(name: string, text: string): number {
  const value = parseTime(text);
  if (value === null) throw new AdminError(400, `${name} must have dates or times: ${text}`);
  return value;
}
