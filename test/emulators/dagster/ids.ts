/** Ids that look like Dagster's, the same for the same text. */
import { createHash } from "node:crypto";

/** A run's id: a UUID of version 4 by its form. */
export function runIdOf(text: string): string {
  const digits = hexOf(text, 32);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join("-");
}

/** Digits of a text's hash, as the ids of snapshots and origins have. */
export function hexOf(text: string, length: number): string {
  return createHash("sha1").update(text).digest("hex").slice(0, length);
}
