/**
 * What the ledger keeps of a file beside its revision, so that files which do not say everything themselves
 * can be understood without opening those around them again.
 */
import { ENVIRONMENT_TYPES } from "../../core/vocabulary.ts";
import type { EnvironmentRow } from "../../store/units.ts";
import { isObject, objectOf } from "../wire/loose.ts";
import type { ManifestHead } from "./projects.ts";

/** Which environment results were of. */
export interface ResultsHead {
  path: string;
  project_id: string;
  invocation_id: string;
  environment: EnvironmentRow;
  /** Epoch microseconds. */
  generated_at: number;
}

/** How far a history was read: when the last invocation in it ended, epoch microseconds. */
export interface HistoryHead {
  until: number;
}

export type FileMemory = { manifest: ManifestHead } | { results: ResultsHead } | { history: HistoryHead };

export function remember(memory: FileMemory | null): string | null {
  return memory === null ? null : JSON.stringify(memory);
}

/** What `remember` wrote; null for anything else. */
export function recall(text: string | null): FileMemory | null {
  if (text === null) return null;
  let memory: unknown;
  try {
    memory = JSON.parse(text);
  } catch {
    return null;
  }
  const { manifest, results, history } = objectOf(memory);
  if (isObject(history))
    return typeof history.until === "number" ? { history: { until: history.until } } : null;
  if (isObject(manifest)) {
    const { path, project, adapter, invocation_id, generated_at } = manifest;
    if (typeof path !== "string" || typeof project !== "string" || typeof generated_at !== "number")
      return null;
    const adapterType = typeof adapter === "string" ? adapter : null;
    const invocationId = typeof invocation_id === "string" ? invocation_id : null;
    return { manifest: { path, project, generated_at, adapter: adapterType, invocation_id: invocationId } };
  }
  const { path, project_id, invocation_id, environment, generated_at } = objectOf(results);
  const { environment_id, name, type: word } = objectOf(environment);
  const type = ENVIRONMENT_TYPES.find((known) => known === word);
  if (typeof path !== "string" || typeof project_id !== "string" || typeof generated_at !== "number")
    return null;
  if (typeof invocation_id !== "string") return null;
  if (typeof environment_id !== "string" || typeof name !== "string" || type === undefined) return null;
  return {
    results: { path, project_id, invocation_id, environment: { environment_id, name, type }, generated_at },
  };
}
