/** Which artifacts a run serves: those of one step, by default of the last one that has any. */
import type { Run, Step } from "../world.ts";
import { type AdminReply, notFound } from "./envelope.ts";
import { integer } from "./parameters.ts";

/** Paths, sorted; null where there are none, which is how the platform says it. */
export function artifactPaths(run: Run, params: URLSearchParams): string[] | null {
  const paths = stepOf(run, params)?.paths ?? [];
  return paths.length === 0 ? null : [...paths].sort();
}

/** The artifact as it was written, without an envelope. */
export function artifact(run: Run, path: string, params: URLSearchParams): AdminReply {
  const text = stepOf(run, params)?.artifact(path) ?? null;
  if (text === null) throw notFound();
  return raw(path, text);
}

/** The latest artifact of that path among the runs of a job, the newest first. */
export function newestArtifact(runs: readonly Run[], path: string): AdminReply {
  for (const run of [...runs].sort((one, other) => other.id - one.id))
    for (const step of [...run.steps].reverse()) {
      const text = step.paths.includes(path) ? step.artifact(path) : null;
      if (text !== null) return raw(path, text);
    }
  throw notFound();
}

function stepOf(run: Run, params: URLSearchParams): Step | undefined {
  const step = params.get("step");
  if (step === null) return run.steps.findLast(({ paths }) => paths.length > 0);
  const index = integer("step", step);
  return run.steps.find((one) => one.index === index);
}

function raw(path: string, body: string): AdminReply {
  const contentType = path.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8";
  return { status: 200, contentType, body };
}
