/** `manifest.json` as a unit: the definitions of a project. */
import type { DefinitionsUnit } from "../../store/units.ts";
import { projectOf, readDefinitions } from "../dbt/manifest.ts";
import { microsOf } from "../dbt/times.ts";
import type { Words } from "../visit/columns.ts";
import { objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { platformEnvironment } from "./environments.ts";
import type { ResultsHead } from "./memory.ts";
import type { Mapping } from "./options.ts";
import { type ManifestHead, projectRow } from "./projects.ts";
import type { Read } from "./reading.ts";

/** Reads the head of a manifest whose metadata is known, and its first nodes where only they name the project. */
export function manifestHead(path: string, metadata: WireObject, changedAt: number): ManifestHead {
  const generatedAt = microsOf(metadata.generated_at);
  return {
    path,
    project: projectOf(path, metadata) ?? "unknown",
    adapter: textOf(metadata.adapter_type),
    invocation_id: textOf(metadata.invocation_id),
    generated_at: Number.isNaN(generatedAt) ? changedAt : generatedAt,
  };
}

export interface ManifestFile {
  path: string;
  /** `v12` */
  version: string;
  head: ManifestHead;
  /** The results of the same invocation, where they are known. */
  results: ResultsHead | null;
}

/** Reads the file. Throws `JsonError` or the error of the file system. */
export function readManifest(file: ManifestFile, words: Words, mapping: Mapping): Read<DefinitionsUnit> {
  const { metadata, nodes, edges, dropped } = readDefinitions(file.path, words);
  const env = objectOf(metadata.env);
  // With partial parsing dbt keeps the variables of an earlier parse in the manifest; the results have those of
  // the run, so that their word counts.
  const { results } = file;
  const project = projectRow(file.head.project, file.head.adapter, env, mapping);
  const unit: DefinitionsUnit = {
    kind: "definitions",
    source: { id: mapping.sourceId, system: "artifacts" },
    project: results === null ? project : { ...project, project_id: results.project_id },
    environment: results === null ? platformEnvironment(env) : results.environment,
    invocation_id: file.head.invocation_id,
    generated_at: file.head.generated_at,
    schema_version: file.version,
    dbt_version: textOf(metadata.dbt_version),
    location: file.path,
    nodes,
    edges,
  };
  return { unit, rows: nodes.length, dropped };
}
