/** One fetch of a deployment: what it may ask, and what it has found of the workspace. */
import type { LRUCache } from "lru-cache";
import type { Row } from "../../store/port.ts";
import type { EnvironmentRow } from "../../store/units.ts";
import type { Place } from "../visit/place.ts";
import { type Platform, Visit } from "../visit/visit.ts";
import type { DagsterApi } from "./api.ts";
import type { CheckHandle } from "./checks.ts";
import type { Deployment } from "./deployment.ts";
import type { EventCache } from "./event-cache.ts";
import { type AssetNames, type Names, readAssetNames, readNames } from "./names.ts";
import { runUnit } from "./run-rows.ts";
import type { WireRun } from "./wire-run.ts";

/** What all fetches of a deployment share. */
export interface DagsterPlatform extends Platform {
  api: DagsterApi;
  /** Where its pages for people lie, without a slash at the end. */
  pages: string;
  environment: EnvironmentRow;
  /** Whether a code location is to be read, by the filter of the configuration. */
  wants(location: string): boolean;
  /** True where there is such a filter. */
  isFiltered: boolean;
  /** Pages of the logs of runs that have ended. */
  events: EventCache;
  /** How many executions of single nodes have been asked for; in memory alone. */
  asked: LRUCache<string, number>;
}

export class DagsterVisit extends Visit<DagsterPlatform> {
  /** Set by the first part of every fetch. */
  found: Deployment | null = null;

  /** The locations of runs that do not say where they belong, by what they made. */
  readonly homes = new Map<string, string>();
  #assetNames: Promise<AssetNames[]> | null = null;
  #names: Promise<Names> | null = null;
  #checks: Promise<CheckHandle[]> | null = null;

  get api(): DagsterApi {
    return this.platform.api;
  }

  /** The workspace, once it is known. */
  get deployment(): Deployment {
    if (this.found === null) throw new Error("the workspace comes first");
    return this.found;
  }

  /** What the assets are called; asked once in a fetch. */
  assetNames(): Promise<AssetNames[]> {
    this.#assetNames ??= readAssetNames(this);
    return this.#assetNames;
  }

  /** Where a run belongs; null for one of a location that is not read. */
  placeOf({ run_id, job_name, location }: WireRun): Place | null {
    const told = location ?? this.homes.get(run_id) ?? null;
    // Where not all locations are read, it may well be of another one.
    const isGuess = told === null && !this.deployment.guessOf(job_name).sure;
    return isGuess && this.platform.isFiltered ? null : this.deployment.placeOf(job_name, told);
  }

  /** Which step is of which asset or op; asked once in a fetch, after the definitions. */
  names(): Promise<Names> {
    this.#names ??= readNames(this);
    return this.#names;
  }

  /** All checks that the definitions have. */
  checks(): Promise<CheckHandle[]> {
    this.#checks ??= this.rows<Row & CheckHandle>(
      `SELECT a.name AS key, n.name FROM stored_nodes n JOIN stored_nodes a ON a.node_key = n.attached_key
       JOIN stored_sources s ON s.source_key = n.source_key
       WHERE s.source_id = ? AND n.test_type = 'asset_check'`,
    );
    return this.#checks;
  }

  /** Hands runs to the store, without results; those of locations that are not wanted are left out. */
  async addRuns(runs: readonly WireRun[]): Promise<void> {
    const { ref, pages } = this.platform;
    await this.slices.add(() =>
      runs.flatMap((run) => {
        const place = this.placeOf(run);
        return place === null ? [] : [runUnit(ref, place, run, pages)];
      }),
    );
  }
}
