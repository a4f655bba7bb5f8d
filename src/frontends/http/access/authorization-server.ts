/** Where the keys of an authorization server are, and the keys themselves: fetched when a token first needs them. */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import * as z from "zod";
import { RunlensError } from "../../../errors.ts";

/** Milliseconds that the authorization server has for an answer. */
const PATIENCE_MS = 5000;

export interface AuthorizationServer {
  /** As its tokens and its own metadata say it, letter by letter. */
  issuer: string;
  /** Where its keys are; its metadata tells where this is left out. */
  jwksUri?: string;
}

const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * Finds the key of a token. Rejects with jose's own error where the server has none such, with `UPSTREAM` where it could
 * not be asked: whoever cannot be checked is not let in. Keys are kept for ten minutes, and asked for again at most every
 * 30 s for a key that nobody knows.
 */
export function keysOf(server: AuthorizationServer): JWTVerifyGetKey {
  let finding: Promise<JWTVerifyGetKey> | null = null;
  const find = (): Promise<JWTVerifyGetKey> => {
    finding ??= locate(server).then(
      (uri) => createRemoteJWKSet(new URL(uri), { timeoutDuration: PATIENCE_MS }),
      (error: unknown) => {
        // The next token tries again.
        finding = null;
        throw error;
      },
    );
    return finding;
  };
  return async (header, token) => {
    try {
      const key = await find();
      return await key(header, token);
    } catch (error) {
      if (isOfToken(error)) throw error;
      throw new RunlensError(
        "UPSTREAM",
        "The token cannot be checked: the authorization server does not give its keys.",
        "Ask again in a while; if it stays, whoever runs this server has to look at its server.oauth settings.",
        { cause: error, retryAfterS: PATIENCE_MS / 1000 },
      );
    }
  };
}

/** True where the keys are there and the token is what does not fit them. */
function isOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

async function locate({ issuer, jwksUri }: AuthorizationServer): Promise<string> {
  if (jwksUri !== undefined) return jwksUri;
  const causes: unknown[] = [];
  for (const address of metadataAddresses(issuer)) {
    try {
      const answer = await fetch(address, { redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
      const found = Metadata.parse(await answer.json());
      if (found.issuer !== issuer) throw new Error(`${address} is of the issuer ${found.issuer}`);
      return found.jwks_uri;
    } catch (error) {
      causes.push(error);
    }
  }
  throw new AggregateError(causes, `no metadata of ${issuer}`);
}

/** OpenID Connect Discovery appends its path to that of the issuer, RFC 8414 puts its own before it. */
function metadataAddresses(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}
