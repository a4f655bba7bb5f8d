/** A run as a deployment describes it. */
import { numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";

/** Times are epoch microseconds; null where the deployment does not say. */
export interface WireRun {
  run_id: string;
  job_name: string;
  /** Code location; null for a run that was started outside of a workspace. */
  location: string | null;
  status: string;
  created_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  updated_at: number | null;
  parent_run_id: string | null;
  /** Only some steps, assets or ops of its job were asked for. */
  is_selection: boolean;
  tags: ReadonlyMap<string, string>;
}

/** Null for a run without an id or a job, which cannot be referred to. */
export function wireRun(found: WireObject): WireRun | null {
  const run_id = textOf(found.runId);
  const job_name = textOf(found.jobName);
  if (run_id === null || job_name === null) return null;
  const stats = objectOf(found.stats);
  const created = found.creationTime ?? stats.enqueuedTime ?? stats.launchTime;
  const tags = new Map(
    objectsOf(found.tags).map((tag) => [textOf(tag.key) ?? "", textOf(tag.value) ?? ""] as const),
  );
  const some = [found.solidSelection, found.assetSelection, found.assetCheckSelection];
  return {
    run_id,
    job_name,
    location:
      textOf(objectOf(found.repositoryOrigin).repositoryLocationName) ??
      tags.get("dagster/code_location") ??
      null,
    status: textOf(found.status) ?? "unknown",
    created_at: microsOf(created),
    started_at: microsOf(found.startTime),
    ended_at: microsOf(found.endTime),
    updated_at: microsOf(found.updateTime),
    parent_run_id: textOf(found.parentRunId),
    is_selection:
      tags.has("dagster/step_selection") || some.some((part) => Array.isArray(part) && part.length > 0),
    tags,
  };
}

/** Epoch seconds of the wire as epoch microseconds; null where there are none. */
export function microsOf(seconds: unknown): number | null {
  const number = numberOf(seconds);
  return Number.isNaN(number) ? null : Math.round(number * 1e6);
}
