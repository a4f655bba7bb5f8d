/** What a file is read with, and what it brings. */
import type { Words } from "../visit/columns.ts";
import type { Environments } from "./environments.ts";
import type { HistoryInvocation } from "./history.ts";
import type { Mapping } from "./options.ts";
import type { Projects } from "./projects.ts";

export interface Reading {
  words: Words;
  mapping: Mapping;
  projects: Projects;
  environments: Environments;
  /** What the history of dbt 2 says of invocations, by their ids. */
  history: ReadonlyMap<string, HistoryInvocation>;
}

/** What a file brought; `dropped` counts rows that could not be understood. */
export interface Read<U> {
  unit: U;
  rows: number;
  dropped: number;
}
