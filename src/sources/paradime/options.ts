/** What the user may say of a Paradime workspace. */
import type { SourceClock } from "../wire/clock.ts";

/** dbt projects to read or to leave out, by name. */
export interface ProjectFilter {
  project_ids: readonly string[];
  include_or_exclude: "include" | "exclude";
}

export interface ParadimeOptions {
  /** The GraphQL address that is shown with the API key: `https://api.paradime.io/api/v1/…/graphql`. */
  endpoint: string;
  /** The key that goes with a secret of the older kind; the newer secrets (`prdm_…`) stand alone. */
  apiKey?: string;
  apiSecret: string;
  /** Uid of the workspace, which a token of the whole company (`prdm_cmp_…`) does not tell. */
  workspace?: string;
  /** Identity of the source; the endpoint when left out. */
  id?: string;
  projectFilter?: ProjectFilter;
  clock: SourceClock;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
}
