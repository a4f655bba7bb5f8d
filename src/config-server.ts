/** The server's settings as environment variables and the config file name them: checked, and paths made absolute. */
import type { ServerInput } from "./config-file.ts";
import { type Environment, readText, splitWords, toPath, withoutUndefined } from "./config-values.ts";
import { RunlensError } from "./errors.ts";

/** What the server over HTTP is told of its surroundings; what is left out is not there. */
export interface ServerSettings {
  /** Absolute path of the file of keys. */
  keys?: string;
  /** Address by which callers know the server, without a slash at the end. */
  publicUrl?: string;
  /** Absolute path of the file of the audit log. */
  audit?: string;
  oauth?: OAuthSettings;
}

export interface OAuthSettings {
  issuer: string;
  audience: string[];
  jwksUri?: string;
  projectsClaim: string;
  perMinute: number | null;
}

/** The claim of a token that lists projects, where the settings name no other. */
const PROJECTS_CLAIM = "runlens_projects";

/** The variables, by the keys of the file that they stand for. */
const OAUTH_VARIABLES = {
  issuer: "RUNLENS_OAUTH_ISSUER",
  audience: "RUNLENS_OAUTH_AUDIENCE",
  jwks_uri: "RUNLENS_OAUTH_JWKS_URI",
  projects_claim: "RUNLENS_OAUTH_PROJECTS_CLAIM",
  per_minute: "RUNLENS_OAUTH_PER_MINUTE",
} as const;
const VARIABLES: Readonly<Record<string, string>> = {
  keys: "RUNLENS_KEYS",
  public_url: "RUNLENS_PUBLIC_URL",
  audit: "RUNLENS_AUDIT",
  ...Object.fromEntries(Object.entries(OAUTH_VARIABLES).map(([key, name]) => [`oauth.${key}`, name])),
};

/** What the variables say; undefined where none is set. Throws `CONFIG` with the variable that is wrong or missing. */
export function readServer(environment: Environment, cwd: string): ServerSettings | undefined {
  const value = (name: string) => readText(environment, name);
  const names = Object.values(OAUTH_VARIABLES).filter((name) => value(name) !== undefined);
  const issuer = value(OAUTH_VARIABLES.issuer);
  if (names.length > 0 && issuer === undefined) {
    throw new RunlensError(
      "CONFIG",
      `${names[0]} is set without RUNLENS_OAUTH_ISSUER.`,
      "Set RUNLENS_OAUTH_ISSUER to the address of the authorization server, or list all of it under server.oauth in the config file.",
    );
  }
  const audience = value(OAUTH_VARIABLES.audience);
  const perMinute = value(OAUTH_VARIABLES.per_minute);
  const written = {
    keys: value("RUNLENS_KEYS"),
    public_url: value("RUNLENS_PUBLIC_URL"),
    audit: value("RUNLENS_AUDIT"),
    oauth:
      issuer === undefined
        ? undefined
        : withoutUndefined({
            issuer,
            audience: audience === undefined ? undefined : splitWords(audience),
            jwks_uri: value(OAUTH_VARIABLES.jwks_uri),
            projects_claim: value(OAUTH_VARIABLES.projects_claim),
            per_minute: perMinute === undefined ? undefined : Number(perMinute),
          }),
  };
  const settings = withoutUndefined(written);
  if (Object.keys(settings).length === 0) return undefined;
  return serverOf(settings, cwd, (key) => VARIABLES[key] ?? key);
}

/** The settings as written; `nameOf` says what a key is called where it was written. Throws `CONFIG` for a wrong one. */
export function serverOf(
  written: ServerInput,
  base: string,
  nameOf: (key: string) => string,
): ServerSettings {
  const { keys, public_url, audit, oauth } = written;
  const path = (value: string | undefined) => (value === undefined ? undefined : toPath(value, base));
  return withoutUndefined({
    keys: path(keys),
    publicUrl:
      public_url === undefined
        ? undefined
        : addressIn(nameOf("public_url"), public_url, false).replace(/\/+$/, ""),
    audit: path(audit),
    oauth: oauth === undefined ? undefined : oauthOf(oauth, (key) => nameOf(`oauth.${key}`)),
  });
}

function oauthOf(
  { issuer, audience, jwks_uri, projects_claim, per_minute }: NonNullable<ServerInput["oauth"]>,
  nameOf: (key: string) => string,
): OAuthSettings {
  if (per_minute !== undefined && !(Number.isInteger(per_minute) && per_minute > 0)) {
    throw wrong(nameOf("per_minute"), "a whole number of requests, 1 or more");
  }
  return {
    // Compared with what tokens say, letter by letter.
    issuer: addressIn(nameOf("issuer"), issuer, true),
    audience: audience === undefined ? [] : [audience].flat(),
    ...(jwks_uri === undefined ? {} : { jwksUri: addressIn(nameOf("jwks_uri"), jwks_uri, true) }),
    projectsClaim: projects_claim ?? PROJECTS_CLAIM,
    perMinute: per_minute ?? null,
  };
}

/** An address without anything secret in it; a `trusted` one is asked for keys, so that nobody may read along. */
function addressIn(name: string, text: string, trusted: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain =
    url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw wrong(name, "an address like https://runlens.example.com, without user, query and fragment");
  }
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (trusted && url.protocol !== "https:" && !isHere)
    throw wrong(name, "an address that begins with https://");
  return text;
}

/** What it says is not shown: a token may have been put in its place. */
function wrong(name: string, expected: string): RunlensError {
  return new RunlensError("CONFIG", `${name} is not valid.`, `It has to be ${expected}.`);
}

/** The nearer settings before those further away, each by itself; what is said of OAuth stands as a whole. */
export function mergeServer(layers: readonly (ServerSettings | undefined)[]): ServerSettings {
  return Object.assign({}, ...layers.toReversed());
}
