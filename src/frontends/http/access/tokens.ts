/** Access tokens of an authorization server (OAuth 2.1, RFC 9068): checked here, and never sent on. */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type Caller, ROLES, type Role, RoleNeeded } from "../caller.ts";
import { type AuthorizationServer, keysOf } from "./authorization-server.ts";
import { Denial } from "./denial.ts";

export interface TokenOptions extends AuthorizationServer {
  /** The names of this server, of which a token has to be made for one. */
  audience: readonly string[];
  /** Claim with the projects that a viewer or operator may see. */
  projectsClaim: string;
  /** Requests a minute of each caller; null where there is no limit. */
  perMinute: number | null;
}

/**
 * What signs with a key of its own and is checked with another. Nothing that is checked with the same key: the keys of
 * the server are public, and would sign as well.
 */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Seconds by which two clocks may differ. */
const CLOCK_TOLERANCE_S = 30;
/** In place of ids of projects: all of them. */
const ALL = "*";

/** The scope that gives a role. */
export function scopeOf(role: Role): string {
  return `runlens:${role}`;
}

export class Tokens {
  readonly #options: TokenOptions;
  readonly #clock: { now(): number };
  readonly #key: JWTVerifyGetKey;

  constructor(options: TokenOptions, clock: { now(): number }) {
    this.#options = options;
    this.#clock = clock;
    this.#key = keysOf(options);
  }

  /**
   * Who sends this token. Rejects with `UNAUTHENTICATED` for one that is not valid here, with `FORBIDDEN` for one without
   * a scope of ours, with `UPSTREAM` where it cannot be checked.
   */
  async read(token: string): Promise<Caller> {
    const payload = await this.#verified(token);
    const subject = payload.sub ?? payload.client_id;
    if (typeof subject !== "string" || subject === "") throw invalid("The token does not say whose it is");
    // A name that no key can have.
    const name = `oauth:${subject}`;
    const role = roleOf(payload);
    if (role === null) {
      throw new RoleNeeded(
        "viewer",
        name,
        "The token has none of the scopes of this server.",
        `Ask the authorization server for one of ${ROLES.map(scopeOf).join(", ")}.`,
      );
    }
    return {
      name,
      ...rights(role, payload[this.#options.projectsClaim]),
      perMinute: this.#options.perMinute,
    };
  }

  async #verified(token: string): Promise<JWTPayload> {
    const { issuer, audience } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        issuer,
        audience: [...audience],
        algorithms: ALGORITHMS,
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#clock.now()),
      });
      return payload;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw invalid("The token has expired", cause);
      if (cause instanceof errors.JWTClaimValidationFailed)
        throw invalid(`The claim ${cause.claim} of the token does not fit this server`, cause);
      if (cause instanceof errors.JOSEError) throw invalid("The token is not valid here", cause);
      throw cause;
    }
  }
}

function invalid(what: string, cause?: unknown): Denial {
  return new Denial(
    "UNAUTHENTICATED",
    `${what}.`,
    "Get a new one from the authorization server, made for this server; its metadata says where.",
    { cause },
  );
}

/** The highest that the scopes give; null where none is ours. */
function roleOf({ scope, scp }: JWTPayload): Role | null {
  const scopes = [scope, scp].flatMap((claim) =>
    Array.isArray(claim) ? claim : String(claim ?? "").split(" "),
  );
  return ROLES.findLast((role) => scopes.includes(scopeOf(role))) ?? null;
}

/**
 * A viewer or operator sees the projects of the claim, and none without it: a server that forgets the claim shows too
 * little. An admin whose token is for some projects is no admin, because SQL knows no projects.
 */
function rights(role: Role, claim: unknown): Pick<Caller, "role" | "projects"> {
  const isSaid = claim !== undefined && claim !== null;
  const projects = (isSaid ? [claim].flat() : []).filter((project) => typeof project === "string");
  if (projects.includes(ALL) || (role === "admin" && !isSaid)) return { role, projects: null };
  return { role: role === "admin" ? "operator" : role, projects };
}
