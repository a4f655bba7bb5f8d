/**
 * Loose reading of what stands in an artifact: a field that is missing or of another type is null, never an
 * error, because versions and forks of dbt differ and a strange field must not cost the facts around it.
 */

export type WireObject = Readonly<Record<string, unknown>>;

const NOTHING: WireObject = {};

export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is something else. */
export function objectOf(value: unknown): WireObject {
  return isObject(value) ? value : NOTHING;
}

/** The value as text that is not empty, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Text, or a number written as text (ids and versions come as both), else null. */
export function labelOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return textOf(value);
}

/** A finite number, also one written as text (some adapters do), else NaN. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return Number.isFinite(value) ? value : Number.NaN;
  if (typeof value !== "string" || value.trim() === "") return Number.NaN;
  const number = Number(value);
  return Number.isFinite(number) ? number : Number.NaN;
}

/** The texts in a list; a single text counts as a list of one. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === "string" && item !== "");
}
