/** What the user may say of a source of artifacts, and the part of it that the parsing worker needs. */
import { createHash } from "node:crypto";

/** A job of the user's own naming: every command line that matches belongs to it. */
export interface JobMapping {
  id: string;
  name?: string;
  /** Normalised command lines, `dbt` may be left out; a `*` at the end stands for anything. */
  match: readonly string[];
  schedule?: string;
}

/** Projects to read or to leave out, by project id or dbt project name. */
export interface ProjectFilter {
  project_ids: readonly string[];
  include_or_exclude: "include" | "exclude";
}

export interface ArtifactsOptions {
  /** Folders of artifacts, trees of them, or single files. */
  paths: readonly string[];
  /** Identity of the source; the real paths when left out. */
  id?: string;
  /** Name of the environment of invocations that name neither one nor a target. */
  environment?: string;
  /** Project id for artifacts that carry none of a platform; the dbt project's name when left out. */
  projectId?: string;
  jobs?: readonly JobMapping[];
  projectFilter?: ProjectFilter;
}

/** The options that decide how a file is understood; they travel to the worker. */
export interface Mapping {
  sourceId: string;
  environment: string | null;
  projectId: string | null;
  jobs: readonly JobMapping[];
  projectFilter: ProjectFilter | null;
}

/** Raised when files are understood differently than before, so that they are read again. */
const MAPPING_VERSION = 1;

export function mappingOf(sourceId: string, options: ArtifactsOptions): Mapping {
  return {
    sourceId,
    environment: options.environment ?? null,
    projectId: options.projectId ?? null,
    jobs: options.jobs ?? [],
    projectFilter: options.projectFilter ?? null,
  };
}

/** Changes when the same file would be understood differently: part of every file's revision. */
export function mappingFingerprint(mapping: Mapping): string {
  return createHash("sha256")
    .update(JSON.stringify([MAPPING_VERSION, mapping]))
    .digest("hex")
    .slice(0, 8);
}

/** Whether facts of a project are wanted. */
export function isWantedProject(filter: ProjectFilter | null, ids: readonly (string | null)[]): boolean {
  if (filter === null) return true;
  const named = ids.some((id) => id !== null && filter.project_ids.includes(id));
  return filter.include_or_exclude === "include" ? named : !named;
}
