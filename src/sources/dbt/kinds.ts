/** What kind of artifact a JSON file is, told by its first bytes. */

import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { JsonError, type Plan, type Visitor } from "./json-entries.ts";
import { Fields } from "./json-fields.ts";
import { readEntries } from "./json-file.ts";

export type Kind = "manifest" | "results" | "sources" | "catalog";

/** Versions of each kind that can be read, and the name in `dbt_schema_version`. */
const KINDS: Readonly<Record<Kind, { schema: string; first: number; last: number }>> = {
  manifest: { schema: "manifest", first: 4, last: 12 },
  results: { schema: "run-results", first: 4, last: 6 },
  sources: { schema: "sources", first: 1, last: 3 },
  catalog: { schema: "catalog", first: 1, last: 1 },
};

const NAMES: Readonly<Record<string, Kind>> = {
  "manifest.json": "manifest",
  "run_results.json": "results",
  "sources.json": "sources",
  "catalog.json": "catalog",
};

/** A file with one of dbt's names is an artifact, even one that cannot be read. */
export function kindByName(fileName: string): Kind | null {
  return Object.hasOwn(NAMES, fileName) ? (NAMES[fileName] ?? null) : null;
}

/** Files of other names are not read further than this to find out what they are. */
const FOREIGN_LIMIT = 1024 * 1024;
const FIRST_READ = 64 * 1024;

export type Head =
  | { kind: Kind; version: string; metadata: WireObject }
  /** Not ours: some other JSON. */
  | { kind: "foreign" }
  /** Ours, but not readable; `problem` completes the sentence that begins with the file's name. */
  | { kind: "broken"; problem: string };

/** Looks at the beginning of a file. Throws only errors of the file system. */
export function readHead(path: string, fileName: string): Head {
  const byName = kindByName(fileName);
  const seen = new Shape();
  try {
    readEntries(path, PLAN, seen, {
      chunk: FIRST_READ,
      limit: byName === null ? FOREIGN_LIMIT : Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const isOurs = byName !== null || seen.schema() !== null;
    return isOurs ? { kind: "broken", problem: problemOf(error) } : { kind: "foreign" };
  }
  return headOf(seen, byName);
}

function headOf(seen: Shape, byName: Kind | null): Head {
  const schema = seen.schema();
  if (schema === null) {
    const kind = seen.kind() ?? byName;
    if (kind === null || (seen.metadata === null && seen.kind() === null && byName === null)) {
      return { kind: "foreign" };
    }
    return { kind, version: "unknown", metadata: objectOf(seen.metadata) };
  }
  const match = /\/([a-z-]+)\/v(\d+)(?:\.json)?$/.exec(schema);
  const kind = match ? kindOf(match[1]) : null;
  if (!match || kind === null) {
    // dbt writes more kinds of artifacts than we have a use for.
    if (match && byName === null) return { kind: "foreign" };
    return {
      kind: "broken",
      problem: `has a dbt_schema_version that runlens does not know (${schema.slice(0, 100)})`,
    };
  }
  const { first, last } = KINDS[kind];
  const version = Number(match[2]);
  if (version < first || version > last) {
    const known = first === last ? `v${first}` : `v${first} to v${last}`;
    const name = `${match[1]} v${version}`;
    return {
      kind: "broken",
      problem: `is ${name}, a version that runlens does not know (it reads ${known})`,
    };
  }
  return { kind, version: `v${version}`, metadata: objectOf(seen.metadata) };
}

function kindOf(schemaName: string | undefined): Kind | null {
  for (const kind of ["manifest", "results", "sources", "catalog"] as const) {
    if (KINDS[kind].schema === schemaName) return kind;
  }
  return null;
}

/** Says what is wrong with a file that is not JSON to its end. */
export function problemOf(error: JsonError): string {
  if (error.defect === "empty") return "is empty";
  if (error.defect === "short") return `is cut short: the text ends at byte ${error.offset}`;
  return `is not valid JSON: ${error.message} at byte ${error.offset}`;
}

const NOTHING = new Fields({});
const ROW = new Fields({
  unique_id: true,
  max_loaded_at: true,
  snapshotted_at: true,
  criteria: true,
  error: true,
});
const PLAN: Plan = {
  metadata: "value",
  results: { entries: ROW },
  nodes: { entries: NOTHING },
  args: "value",
};

/** What the beginning of a file shows; reading stops as soon as the metadata is known to be all that is needed. */
class Shape implements Visitor {
  metadata: unknown = null;
  #keys = new Set<string>();
  #row: unknown = null;

  begin(key: string): void {
    this.#keys.add(key);
  }

  entry(key: string, name: string | number | null, value: unknown): boolean {
    if (key === "metadata") this.metadata = value;
    if (key === "results" && this.#row === null && name !== null) this.#row = value;
    // Without a version the first row decides, so that reading goes on to it.
    if (this.schema() !== null) return false;
    return !(this.metadata !== null && (this.#row !== null || key === "nodes"));
  }

  schema(): string | null {
    return textOf(objectOf(this.metadata).dbt_schema_version);
  }

  /** The kind that the members and the first row suggest. */
  kind(): Kind | null {
    if (!isObject(this.metadata)) return null;
    if (this.#keys.has("nodes")) return "manifest";
    if (!this.#keys.has("results")) return null;
    const row = objectOf(this.#row);
    if (typeof row.unique_id !== "string") return this.#keys.has("args") ? "results" : null;
    const isFreshness =
      "max_loaded_at" in row || "snapshotted_at" in row || "criteria" in row || "error" in row;
    return isFreshness ? "sources" : "results";
  }
}
