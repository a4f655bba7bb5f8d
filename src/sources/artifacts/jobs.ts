/**
 * Which job an invocation belongs to. Artifacts of a platform name it; others do not know of jobs, so that one
 * is made of every distinct normalised command line, unless the user's configuration says otherwise.
 */
import { createHash } from "node:crypto";
import type { JobRow } from "../../store/units.ts";
import type { Command } from "../dbt/commands.ts";
import { labelOf, type WireObject } from "../wire/loose.ts";
import type { JobMapping } from "./options.ts";

/** The job of an invocation; `env` is the `metadata.env` of its artifact. */
export function jobOf(command: Command, env: WireObject, mappings: readonly JobMapping[]): JobRow {
  const platformId = labelOf(env.DBT_CLOUD_JOB_ID);
  const mapping = mappings.find(({ id, match }) =>
    platformId === null ? match.some((pattern) => matches(command.line, pattern)) : id === platformId,
  );
  const id = platformId ?? mapping?.id ?? slugOf(command.line);
  const name = platformId === null ? (mapping?.id ?? command.line) : `job ${platformId}`;
  return {
    job_id: id,
    name: mapping?.name ?? name,
    schedule: mapping?.schedule ?? null,
    commands: [command.line],
    url: null,
  };
}

/** Whether a normalised line is meant by a pattern of the configuration. */
export function matches(line: string, pattern: string): boolean {
  const words = pattern.trim().split(/\s+/).join(" ");
  const full = words.startsWith("dbt ") || words === "dbt" || words === "*" ? words : `dbt ${words}`;
  return full.endsWith("*") ? line.startsWith(full.slice(0, -1)) : line === full;
}

/**
 * A readable id: `dbt build --select tag:intraday` is `build-tag-intraday`. Lines that would have to share one
 * get a few digits of a hash behind it, the same whenever and in whatever order they are met.
 */
export function slugOf(line: string): string {
  const plain = line.replace(/^dbt /, "").replace(" --select ", " ").replace(" --target ", " target ");
  const slug = plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  // Only lines of this form can be told from their slug alone: one word or method to select, and a target.
  const simple =
    /^dbt [a-z]+(?:[- ][a-z]+)?(?: --select (?:(?:tag|path|source|config|state|group):)?[a-z0-9_]+)?(?: --target [a-z0-9_]+)?$/;
  if (simple.test(line) && slug.length <= 60) return slug;
  const hash = createHash("sha256").update(line).digest("hex").slice(0, 6);
  return `${slug.slice(0, 60).replace(/-+$/, "")}-${hash}`;
}
