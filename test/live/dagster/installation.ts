/** The versions of Dagster that `scripts/live-setup.mjs` has installed, and how a program of one is started. */
import { join } from "node:path";
import { ROOT } from "../places.ts";

export const PROJECT = join(ROOT, "test/live/dagster/project");

export interface Installation {
  /** Of the package `dagster`. */
  version: string;
  /** The file of workspaces in PROJECT that this version can load. */
  workspace: string;
  /** The module in PROJECT with the definitions of the location `harbour`. */
  harbour: string;
  /** The daemon judges whether assets are fresh (1.11 and later). */
  judgesFreshness: boolean;
  folder: string;
}

export const NEWEST: Installation = {
  version: "1.13.27",
  workspace: "workspace.yaml",
  harbour: "harbour.definitions",
  judgesFreshness: true,
  folder: join(ROOT, ".live/dagster-1.13"),
};

/** The oldest one that is still supported. */
export const OLDEST: Installation = {
  version: "1.6.14",
  workspace: "workspace-1.6.yaml",
  harbour: "old_harbour",
  judgesFreshness: false,
  folder: join(ROOT, ".live/dagster-1.6"),
};

export function program({ folder }: Installation, name: string): string {
  return join(folder, "bin", name);
}
