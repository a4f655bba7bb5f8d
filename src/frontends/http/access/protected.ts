/** Lets in whoever has a key or a token of an authorization server. */
import type { Log } from "../../../log.ts";
import { type Caller, ROLES, type Role, RoleNeeded } from "../caller.ts";
import type { Access } from "./access.ts";
import { Denial, NoCredentials } from "./denial.ts";
import { KeyFile } from "./key-file.ts";
import { findKey, isKey } from "./keys.ts";
import { Limits } from "./limits.ts";
import { scopeOf, type TokenOptions, Tokens } from "./tokens.ts";

export interface ProtectedOptions {
  /** Absolute path of the file of keys. */
  keys?: string;
  /** The authorization server whose tokens are taken; `resource` is the address by which they know this server. */
  oauth?: TokenOptions & { resource: string };
  /** That of the machine: what has expired has, whatever date the data is of. */
  clock: { now(): number };
  log: Log;
}

/** Rejects with `CONFIG` for a file of keys that cannot be used. */
export async function protectedAccess({ keys, oauth, clock, log }: ProtectedOptions): Promise<Access> {
  const file = keys === undefined ? null : await KeyFile.open(keys, { clock, log });
  const tokens = oauth === undefined ? null : new Tokens(oauth, clock);
  const limits = new Limits();
  const ways = [
    ...(file === null ? [] : ["a key, as Authorization: Bearer rl_… or X-API-Key"]),
    ...(oauth === undefined ? [] : [`a token of ${oauth.issuer}, as Authorization: Bearer …`]),
  ];
  const hint = `Send ${ways.join(", or ")}.`;

  const identify = async (credentials: string): Promise<Caller> => {
    if (!isKey(credentials)) {
      if (tokens !== null) return tokens.read(credentials);
      throw new Denial("UNAUTHENTICATED", "What was sent is no key of this server.", hint);
    }
    const key = findKey((await file?.current()) ?? [], credentials);
    if (key === null) throw new Denial("UNAUTHENTICATED", "The key is not known here.", hint);
    const { name, role, projects, perMinute, expiresAt } = key;
    if (expiresAt !== null && expiresAt <= clock.now()) {
      const next = "Ask whoever runs this server for a new one.";
      throw new Denial("UNAUTHENTICATED", "The key has expired.", next, { who: name });
    }
    return { name, role, projects, perMinute };
  };

  return {
    isProtected: true,
    async admit(headers) {
      const credentials = credentialsIn(headers);
      if (credentials === null) throw new NoCredentials(hint);
      const caller = await identify(credentials);
      await limits.count(caller);
      return caller;
    },
    challenge: (error) => challengeOf(error, oauth?.resource ?? null),
    metadata: () =>
      oauth === undefined
        ? null
        : {
            resource: oauth.resource,
            resource_name: "runlens",
            authorization_servers: [oauth.issuer],
            scopes_supported: ROLES.map(scopeOf),
            bearer_methods_supported: ["header"],
          },
    close: () => undefined,
  };
}

/**
 * The key or token of a request; null where there is none. Headers alone are looked at: addresses end up in logs and
 * histories. Throws for two at once, of which one would be taken and the other overlooked.
 */
function credentialsIn(headers: Headers): string | null {
  const [authorization, key] = [headers.get("authorization"), headers.get("x-api-key")];
  if (authorization === null) return key;
  const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined && key === null) return bearer;
  throw new Denial(
    "UNAUTHENTICATED",
    key === null ? "The header Authorization is not of the kind Bearer." : "Two headers say who asks.",
    "Send one of Authorization: Bearer … and X-API-Key: ….",
  );
}

/** RFC 6750, with the parameters of RFC 9728 by which a client finds out where tokens are to be had. */
function challengeOf(error: unknown, resource: string | null): string | null {
  const parameters = (scope: Role, failure: Record<string, string>): string =>
    resource === null
      ? bearer({ realm: "runlens", ...failure })
      : bearer({ resource_metadata: metadataAddress(resource), ...failure, scope: scopeOf(scope) });
  if (error instanceof NoCredentials) return parameters("viewer", {});
  if (error instanceof RoleNeeded) return parameters(error.least, { error: "insufficient_scope" });
  const isInvalid = error instanceof Denial && error.code === "UNAUTHENTICATED";
  return isInvalid ? parameters("viewer", { error: "invalid_token" }) : null;
}

/** None of the values has a quote in it: addresses are encoded, the others are our own words. */
function bearer(parameters: Record<string, string>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${written.join(", ")}`;
}

/** RFC 9728, section 3.1: the well-known part stands before the path of the resource. */
function metadataAddress(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname}`;
}
