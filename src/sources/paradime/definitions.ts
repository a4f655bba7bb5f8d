/** What projects define, by the newest manifest that a run has left; the store hears of it when there is a newer one. */

import { RunlensError } from "../../errors.ts";
import type { DefinitionsUnit } from "../../store/units.ts";
import { readArtifacts } from "../dbt/read-results.ts";
import { microsOf } from "../dbt/times.ts";
import { endedRuns, type KnownRun } from "../visit/known-runs.ts";
import { textOf } from "../wire/loose.ts";
import { type Artifact, manifestOf } from "./artifacts.ts";
import { locationOf } from "./code.ts";
import type { BoltVisit } from "./visit.ts";
import type { Site } from "./workspace.ts";

/** Runs that are looked through for a manifest: first a few, then more. */
const TRIED = [3, 20] as const;

/** Makes the definitions of a project in an environment fresh. Needs the list of runs. */
export function readDefinitions(visit: BoltVisit, site: Site): Promise<void> {
  const { project, environment } = site;
  const name = `${project.project_id}/${environment.environment_id}`;
  return visit.part(
    `models:${name}`,
    async (entry) => {
      const newest = await newestManifest(visit, site, entry?.watermark ?? null);
      if (newest === null) {
        return entry === null ? { watermark: null, notes: [], complete: true } : { unchanged: true };
      }
      const note = await bring(visit, site, newest);
      if (note === null) return { watermark: newest.run_id, notes: [], complete: true };
      // What is known of it stays; the next look tries again.
      return { watermark: entry?.watermark ?? null, notes: [note], complete: false };
    },
    () => true,
    `${visit.platform.label}, project ${name}`,
  );
}

/**
 * The manifest of the newest run that has one; null where that is the run `known`, or where there is none. Runs of
 * other branches than the schedule's define what is not there yet.
 */
async function newestManifest(visit: BoltVisit, site: Site, known: string | null): Promise<Artifact | null> {
  const { workspace, artifacts, context } = visit;
  const ended = (await endedRuns(visit, site.environment.environment_id)).filter(
    (run) => run.project_id === site.project.project_id && isOfBranch(run, workspace.branchOf(run.job_id)),
  );
  const place = ended.findIndex((run) => run.run_id === known);
  const newer = place === -1 ? ended : ended.slice(0, place);
  for (const [from, to] of [[0, TRIED[0]] as const, TRIED]) {
    const ids = newer.slice(from, to).map((run) => run.run_id);
    const commands = await artifacts.of(ids, context.signal);
    for (const id of ids) {
      const manifest = manifestOf(commands.get(id) ?? []);
      if (manifest !== null) return manifest;
    }
  }
  return null;
}

function isOfBranch({ branch }: KnownRun, expected: string | null): boolean {
  return branch === null || expected === null || branch === expected;
}

/** Publishes the definitions of a manifest; says what is wrong where it cannot be read. */
function bring(visit: BoltVisit, site: Site, manifest: Artifact): Promise<string | null> {
  const { artifacts, context, platform, slices } = visit;
  return artifacts.withFiles(
    [manifest],
    async ([file]) => {
      if (file instanceof RunlensError) {
        if (file.code !== "NOT_FOUND") throw file;
        return `the manifest of run ${manifest.run_id} is not there any more`;
      }
      const paths = file === undefined ? [] : [file];
      const { words, manifests } = await readArtifacts(
        { results: [], manifests: paths },
        context.now() * 1000,
        context.signal,
      );
      const [read] = manifests;
      if (read === undefined || "problem" in read) {
        return `the manifest of run ${manifest.run_id} ${read?.problem ?? "could not be read"}`;
      }
      const { metadata, nodes, edges, version } = read;
      const generatedAt = microsOf(metadata.generated_at);
      const unit: DefinitionsUnit = {
        kind: "definitions",
        source: platform.ref,
        project: {
          ...site.project,
          adapter_type: textOf(metadata.adapter_type) ?? site.project.adapter_type,
        },
        environment: site.environment,
        invocation_id: textOf(metadata.invocation_id),
        generated_at: Number.isNaN(generatedAt) ? context.now() * 1000 : generatedAt,
        schema_version: version,
        dbt_version: textOf(metadata.dbt_version),
        location: locationOf(manifest),
        nodes,
        edges,
      };
      await slices.publishBatch({ words, units: [unit] });
      if (read.dropped > 0) {
        visit.miss(
          `${platform.label}: ${read.dropped} entries of the manifest of run ${manifest.run_id} could not be read.`,
        );
      }
      return null;
    },
    context.signal,
  );
}
