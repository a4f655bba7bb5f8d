/**
 * Where a deployment answers, which one it is, and where its pages lie. Dagster+ documents
 * `https://ORG.dagster.cloud/DEPLOYMENT/graphql`; a webserver answers at `/graphql`, behind `--path-prefix` where it
 * was given one.
 */
import { RunlensError } from "../../errors.ts";
import type { DagsterOptions } from "./options.ts";

/** Names that may stand in an address as they are. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const PLUS_HOST = ".dagster.cloud";

export interface Addresses {
  /** E.g. `http://localhost:3000/graphql`. */
  graphql: string;
  /** Of the pages for people, without a slash at its end, e.g. `https://acme.dagster.cloud/prod`. */
  pages: string;
  /** Of Dagster+; null where the address does not name any. */
  deployment: string | null;
}

/** Throws `CONFIG` for an address that cannot be meant, or where a part of it is missing. */
export function addressesOf({
  url,
  organization,
  deployment,
}: Pick<DagsterOptions, "url" | "organization" | "deployment">): Addresses {
  const base = url === undefined ? plusBase(organization, deployment) : urlOf(url);
  const isPlus = base.hostname.endsWith(PLUS_HOST);
  const named = nameOf("DAGSTER_CLOUD_DEPLOYMENT", deployment);
  let path = base.pathname.replace(/\/+$/, "").replace(/\/graphql$/, "");
  // The bare address of an organization has no answers: a deployment belongs behind it.
  if (isPlus && path === "") {
    if (named === null) {
      throw missing("DAGSTER_CLOUD_DEPLOYMENT", "the deployment, e.g. prod, or write it behind the address");
    }
    path = `/${named}`;
  }
  const pages = `${base.origin}${path}`;
  return {
    graphql: `${pages}/graphql`,
    pages,
    deployment: isPlus ? (path.split("/").at(-1) ?? null) : named,
  };
}

/** The same for every way to write the same deployment; never the user's label. */
export function sourceIdOf(
  options: Pick<DagsterOptions, "id" | "url" | "organization" | "deployment">,
): string {
  if (options.id !== undefined) return options.id;
  const { pages } = addressesOf(options);
  const { host, pathname } = new URL(pages);
  return `dagster:${host}${pathname.replace(/\/$/, "")}`;
}

function plusBase(organization: string | undefined, deployment: string | undefined): URL {
  const organizationName = nameOf("DAGSTER_CLOUD_ORGANIZATION", organization);
  if (organizationName === null) {
    throw missing("DAGSTER_CLOUD_ORGANIZATION", "the first part of the address, ORG.dagster.cloud");
  }
  const deploymentName = nameOf("DAGSTER_CLOUD_DEPLOYMENT", deployment);
  if (deploymentName === null) throw missing("DAGSTER_CLOUD_DEPLOYMENT", "the deployment, e.g. prod");
  return new URL(`https://${organizationName}${PLUS_HOST}/${deploymentName}`);
}

function nameOf(variable: string, name: string | undefined): string | null {
  if (name === undefined || name === "") return null;
  if (NAME.test(name)) return name;
  throw new RunlensError(
    "CONFIG",
    `${variable} is no name that can stand in an address.`,
    "Letters, digits, points, dashes and underscores are allowed; a whole address goes into DAGSTER_GRAPHQL_URL.",
  );
}

function urlOf(text: string): URL {
  const bare = text.trim();
  const scheme = /^(localhost|127\.|\[::1\])/.test(bare) ? "http" : "https";
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare) ? bare : `${scheme}://${bare}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new RunlensError(
      "CONFIG",
      "DAGSTER_GRAPHQL_URL is no address of a web server.",
      "Write it like http://localhost:3000/graphql.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new RunlensError(
      "CONFIG",
      "DAGSTER_GRAPHQL_URL has a name or password in it.",
      "Put them into DAGSTER_EXTRA_HEADERS as an Authorization header.",
    );
  }
  return url;
}

function missing(variable: string, meaning: string): RunlensError {
  return new RunlensError(
    "CONFIG",
    `Dagster+ is configured by half: ${variable} is missing.`,
    `Set ${variable} to ${meaning}.`,
  );
}
