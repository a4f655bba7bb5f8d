/** What the user may say of a Dagster deployment. */
import type { SourceClock } from "../wire/clock.ts";

/** Code locations to read or to leave out, by name. */
export interface ProjectFilter {
  project_ids: readonly string[];
  include_or_exclude: "include" | "exclude";
}

export interface DagsterOptions {
  /** Address of the webserver or of its GraphQL endpoint; for Dagster+ `https://ORG.dagster.cloud/DEPLOYMENT` too. */
  url?: string;
  /** Of Dagster+, where no `url` is given. */
  organization?: string;
  /** Of Dagster+: `prod`, or the name of a branch deployment. */
  deployment?: string;
  /** A user token of Dagster+; OSS needs none. */
  token?: string;
  /** More headers, e.g. for a proxy that stands before the webserver. */
  headers?: Readonly<Record<string, string>>;
  /** Name of the environment that the deployment is; its own name for Dagster+, `default` for OSS when left out. */
  environment?: string;
  /** Identity of the source; host and deployment when left out. */
  id?: string;
  projectFilter?: ProjectFilter;
  clock: SourceClock;
  /** Instead of Node's own. */
  fetch?: typeof fetch;
}
