/** One fetch of a workspace: what it may ask, and what it has found of the schedules. */
import { type Platform, Visit } from "../visit/visit.ts";
import type { BoltApi } from "./api.ts";
import type { Artifacts } from "./artifacts.ts";
import { runUnit } from "./run-rows.ts";
import type { WireRun } from "./wire.ts";
import type { Workspace } from "./workspace.ts";

/** What all fetches of a workspace share. */
export interface BoltPlatform extends Platform {
  api: BoltApi;
  artifacts: Artifacts;
  /** The address of a run's page, null where it is not known. */
  pageOfRun(runId: string): string | null;
  /** Whether a dbt project is to be read, by the filter of the configuration. */
  wants(project: string): boolean;
}

export class BoltVisit extends Visit<BoltPlatform> {
  /** Set by the first part of every fetch. */
  found: Workspace | null = null;
  /** Which run of each schedule was the last, by slug, as text that changes when another is. */
  lasts: ReadonlyMap<string, string> = new Map();

  get api(): BoltApi {
    return this.platform.api;
  }

  get artifacts(): Artifacts {
    return this.platform.artifacts;
  }

  /** The workspace, once it is known. */
  get workspace(): Workspace {
    if (this.found === null) throw new Error("the workspace comes first");
    return this.found;
  }

  /** Hands runs of a schedule to the store, without results; those of projects that are not wanted are left out. */
  async addRuns(slug: string, runs: readonly WireRun[]): Promise<void> {
    const place = this.workspace.placeOf(slug);
    if (place === null || runs.length === 0) return;
    const { ref, pageOfRun } = this.platform;
    await this.slices.add(() => runs.map((run) => runUnit(ref, place, run, pageOfRun(run.run_id))));
  }
}
