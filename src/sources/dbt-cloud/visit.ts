/** One fetch of an account: the APIs that it may ask, and what it has found of the hierarchy. */
import type { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import { type Platform, Visit } from "../visit/visit.ts";
import type { AdminApi } from "./admin.ts";
import type { DiscoveryApi } from "./discovery.ts";
import type { Hierarchy, Pages } from "./hierarchy.ts";
import { runUnit } from "./run-rows.ts";
import type { CloudRun } from "./wire.ts";

/** What all fetches of an account share. */
export interface CloudPlatform extends Platform {
  admin: AdminApi;
  discovery: DiscoveryApi;
  pages: Pages;
  /** True where the account's plan or the token has no Discovery API: artifacts tell all then. */
  withoutDiscovery: boolean;
  /** Environments whose runs have more rows than Discovery is sure to give at once. */
  large: Set<string>;
  /** What was found of single nodes, and as of which runs; in memory alone. */
  asked: LRUCache<string, string>;
}

export class CloudVisit extends Visit<CloudPlatform> {
  /** Set by the first part of every fetch. */
  hierarchy: Hierarchy | null = null;
  /** Epoch milliseconds to which the list of runs reaches back; null where it has all that there are. */
  listedBackTo: number | null = null;

  get admin(): AdminApi {
    return this.platform.admin;
  }

  get discovery(): DiscoveryApi {
    return this.platform.discovery;
  }

  /** The hierarchy, once it is known. */
  get account(): Hierarchy {
    if (this.hierarchy === null) throw new Error("the hierarchy comes first");
    return this.hierarchy;
  }

  /** One run of the Admin API; null where it is not there any more. */
  async run(id: string): Promise<CloudRun | null> {
    try {
      return await this.admin.run(id, {}, this.context.signal);
    } catch (error) {
      if (error instanceof RunlensError && error.code === "NOT_FOUND") return null;
      throw error;
    }
  }

  /** Hands runs to the store, without results; those of projects that are not wanted are left out. */
  async addRuns(runs: readonly CloudRun[]): Promise<void> {
    const { ref, pages } = this.platform;
    await this.slices.add(() =>
      runs.flatMap((run) => {
        const place = this.account.placeOf(run);
        return place === null ? [] : [runUnit(ref, place, run, pages)];
      }),
    );
  }
}
