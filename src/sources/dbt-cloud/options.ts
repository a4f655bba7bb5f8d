/** What the user may say of a dbt Cloud account. */
import type { SourceClock } from "../wire/clock.ts";

/** Projects to read or to leave out, by id or name. */
export interface ProjectFilter {
  project_ids: readonly string[];
  include_or_exclude: "include" | "exclude";
}

export interface DbtCloudOptions {
  /** A service token or personal access token, with or without the word `Bearer` or `Token` before it. */
  token: string;
  accountId: string;
  /** `cloud.getdbt.com` when left out; a region's host, or one with an account prefix. */
  host?: string;
  /** Addresses that the host does not tell, e.g. of a single-tenant deployment. */
  adminUrl?: string;
  discoveryUrl?: string;
  /** Identity of the source; the host and the account when left out. */
  id?: string;
  projectFilter?: ProjectFilter;
  clock: SourceClock;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
}
