/** What the code locations define, read anew when it may have changed; the store hears of it only when it has. */
import { createHash, type Hash } from "node:crypto";
import { definitionsUnit } from "./asset-rows.ts";
import { type Asset, readAssets } from "./assets.ts";
import { type JobOps, readOps } from "./ops.ts";
import type { DagsterVisit } from "./visit.ts";

/** The scope of the definitions in the ledger. */
const DEFINITIONS = "models:deployment";

/** Makes the definitions fresh. Needs the workspace. */
export function readDefinitions(visit: DagsterVisit): Promise<void> {
  return visit.part(DEFINITIONS, async (entry) => {
    const { context, platform, deployment } = visit;
    const seenAt = context.now() * 1000;
    const hash = createHash("sha256");
    const assets: Asset[] = [];
    await readAssets(visit, (part) => {
      add(hash, part);
      assets.push(...part);
    });
    const { jobs, loaded } = await readOps(visit);
    const ops = withoutChecks(jobs, assets);
    add(hash, ops);
    hash.update(JSON.stringify(loaded));
    const revision = hash.digest("hex").slice(0, 32);
    if (entry?.revision === revision && entry.complete) return { unchanged: true };
    const homes = homesOf(assets);
    for (const { project } of deployment.locations) {
      // What is known of a location that did not load stays.
      if (!loaded.includes(project.project_id)) continue;
      const own = {
        assets: assets.filter(
          (asset) => asset.location === project.project_id && homes.get(asset.key) === asset,
        ),
        ops: ops.filter((job) => job.location === project.project_id),
      };
      const place = { project, environment: platform.environment };
      await visit.slices.add((words) => [definitionsUnit(platform.ref, place, own, homes, seenAt, words)]);
    }
    return { watermark: null, revision, notes: [], complete: true };
  });
}

/** A job that only evaluates checks is none of assets, and has an op for each check: `a__b_check` of `a/b`. */
function withoutChecks(jobs: readonly JobOps[], assets: readonly Asset[]): JobOps[] {
  const checks = new Set(
    assets.flatMap(({ key, checks: own }) => own.map(({ name }) => `${key.replaceAll("/", "__")}_${name}`)),
  );
  return jobs.map((job) => ({ ...job, handles: job.handles.filter((handle) => !checks.has(handle)) }));
}

function add(hash: Hash, part: readonly (Asset | JobOps)[]): void {
  for (const one of part)
    hash.update(JSON.stringify("metadata" in one ? { ...one, metadata: [...one.metadata] } : one));
}

/** The asset of each key: where it is made, if several locations know of it. */
function homesOf(assets: readonly Asset[]): Map<string, Asset> {
  const homes = new Map<string, Asset>();
  for (const asset of assets) {
    const known = homes.get(asset.key);
    if (known === undefined || (asset.is_made && !known.is_made)) homes.set(asset.key, asset);
  }
  return homes;
}
