/** An authorization server for tests: its keys, its metadata, and the tokens that it signs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

/** Undefined ones are not said. */
type Claims = Record<string, unknown>;

export interface TestAuthorizationServer {
  issuer: string;
  /** Paths that were asked for. */
  asked: string[];
  /** What it answers from now on: its keys, a failure, nothing at all, or something that is no set of keys. */
  behave(how: "well" | "fail" | "hang" | "babble"): void;
  /** A token as it gives them; `claims` stand over the usual ones, of which undefined ones are left out. */
  token(claims?: Claims, header?: { alg?: string; kid?: string }): Promise<string>;
  /** The public key that checks its tokens, as text. */
  publicKey: string;
  /** A token signed by somebody else under the same name of a key. */
  forged(claims?: Claims): Promise<string>;
  close(): Promise<void>;
}

/** `audience` and `now` (epoch milliseconds) are those of the tokens. */
export async function startAuthorizationServer(
  audience: string,
  now: number,
): Promise<TestAuthorizationServer> {
  const [own, foreign] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "first", alg: "RS256", use: "sig" };
  const asked: string[] = [];
  let how: Parameters<TestAuthorizationServer["behave"]>[0] = "well";
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (how === "hang") return;
    const isMetadata = request.url === "/.well-known/openid-configuration";
    const isKnown = isMetadata || request.url === "/keys";
    response.statusCode = how === "fail" ? 500 : isKnown ? 200 : 404;
    response.setHeader("content-type", "application/json");
    const body = isMetadata ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: [jwk] };
    response.end(how === "babble" ? "<html>" : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens at a port has such an address.
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seconds = Math.floor(now / 1000);
  const usual = {
    iss: issuer,
    aud: audience,
    sub: "dana",
    iat: seconds,
    exp: seconds + 600,
    scope: "openid runlens:viewer",
  };
  const sign = (
    key: Parameters<SignJWT["sign"]>[0],
    claims: Claims,
    header: { alg?: string; kid?: string },
  ) =>
    new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "first", ...header })
      .sign(key);
  return {
    issuer,
    asked,
    behave: (next) => {
      how = next;
    },
    token: (claims = {}, header = {}) => sign(own.privateKey, claims, header),
    forged: (claims = {}) => sign(foreign.privateKey, claims, {}),
    publicKey: await exportSPKI(own.publicKey),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
