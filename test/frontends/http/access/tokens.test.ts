import { createHmac } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Access } from "../../../../src/frontends/http/access/access.ts";
import { protectedAccess } from "../../../../src/frontends/http/access/protected.ts";
import type { Caller } from "../../../../src/frontends/http/caller.ts";
import { keptLog } from "../../fake.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "../authorization-server.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const RESOURCE = "https://runlens.example.com/mcp";
const SECONDS = NOW / 1000;

let authority: TestAuthorizationServer;
let access: Access;

beforeAll(async () => {
  authority = await startAuthorizationServer(RESOURCE, NOW);
});
afterAll(() => authority.close());
afterEach(() => authority.behave("well"));

function open(more: { jwksUri?: string; perMinute?: number } = {}): Promise<Access> {
  const oauth = {
    issuer: authority.issuer,
    audience: [RESOURCE],
    resource: RESOURCE,
    projectsClaim: "runlens_projects",
    perMinute: null,
    ...more,
  };
  return protectedAccess({ oauth, clock: { now: () => NOW }, log: keptLog().log });
}
beforeAll(async () => {
  access = await open();
});

const admit = (token: string, by: Access = access): Promise<Caller> =>
  by.admit(new Headers({ authorization: `Bearer ${token}` }));

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token", () => {
  it("says who asks, in which role, and about which projects", async () => {
    const token = await authority.token({ runlens_projects: ["shop", "mart"] });
    expect(await admit(token)).toEqual({
      name: "oauth:dana",
      role: "viewer",
      projects: ["shop", "mart"],
      perMinute: null,
    });
  });

  it.each([
    [{ scope: "runlens:viewer runlens:operator", runlens_projects: "shop" }, "operator", ["shop"]],
    [{ scope: "runlens:viewer", runlens_projects: "*" }, "viewer", null],
    [{ scope: undefined, scp: ["runlens:operator"], runlens_projects: ["*"] }, "operator", null],
    [{ scope: "runlens:admin" }, "admin", null],
    // SQL knows no projects: who is to see some alone is no admin.
    [{ scope: "runlens:admin", runlens_projects: ["shop"] }, "operator", ["shop"]],
    [{ scope: "runlens:admin", runlens_projects: [] }, "operator", []],
    [{ scope: "runlens:admin", runlens_projects: 7 }, "operator", []],
    // A server that forgets the claim shows too little, and not too much.
    [{ scope: "runlens:viewer" }, "viewer", []],
    [{ scope: "runlens:viewer", runlens_projects: null }, "viewer", []],
  ])("with %o is of role %s and sees %o", async (claims, role, projects) => {
    expect(await admit(await authority.token(claims))).toMatchObject({ role, projects });
  });

  it("may come from a clock that differs a little", async () => {
    const token = await authority.token({ nbf: SECONDS + 20, exp: SECONDS - 20 });
    expect(await admit(token)).toMatchObject({ name: "oauth:dana" });
  });

  it.each([
    ["another audience", () => authority.token({ aud: "https://other.example.com/mcp" })],
    ["no audience", () => authority.token({ aud: undefined })],
    ["another issuer", () => authority.token({ iss: "https://evil.example.com" })],
    ["an end that has passed", () => authority.token({ exp: SECONDS - 60 })],
    ["no end", () => authority.token({ exp: undefined })],
    ["a beginning to come", () => authority.token({ nbf: SECONDS + 60 })],
    ["nobody's name", () => authority.token({ sub: undefined })],
    ["a key that nobody knows", () => authority.token({}, { kid: "second" })],
    ["the signature of another key", () => authority.forged()],
  ])("with %s is refused", async (_, made) => {
    await expect(admit(await made())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("without a signature is refused", async () => {
    const [, payload = ""] = (await authority.token()).split(".");
    for (const alg of ["none", "None", "NONE"]) {
      const unsigned = `${encoded({ alg, kid: "first" })}.${payload}.`;
      await expect(admit(unsigned)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("signed with the public key, as if that were a secret, is refused", async () => {
    const [, payload = ""] = (await authority.token({ scope: "runlens:admin" })).split(".");
    for (const alg of ["HS256", "HS512"]) {
      const signed = `${encoded({ alg, kid: "first" })}.${payload}`;
      const signature = createHmac(alg === "HS256" ? "sha256" : "sha512", authority.publicKey).update(signed);
      const token = `${signed}.${signature.digest("base64url")}`;
      await expect(admit(token)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("that was changed is refused", async () => {
    const [header, payload = "", signature] = (await authority.token()).split(".");
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    const changed = encoded(Object.assign({}, claims, { scope: "runlens:admin" }));
    for (const token of [
      `${header}.${changed}.${signature}`,
      `${header}.${payload}.${signature?.slice(2)}`,
      `${header}.${payload}`,
      "a.b.c",
      "eyJhbGciOiJub25lIn0",
    ]) {
      await expect(admit(token)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });

  it("without a scope of ours is somebody who may do nothing", async () => {
    const token = await authority.token({ scope: "openid runlens:root" });
    const error = await admit(token).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "FORBIDDEN", who: "oauth:dana" });
    expect(access.challenge(error)).toBe(
      'Bearer resource_metadata="https://runlens.example.com/.well-known/oauth-protected-resource/mcp", error="insufficient_scope", scope="runlens:viewer"',
    );
  });

  it("counts with all others of its bearer", async () => {
    const limited = await open({ perMinute: 2 });
    await admit(await authority.token({ jti: "1" }), limited);
    await admit(await authority.token({ jti: "2" }), limited);
    await expect(admit(await authority.token({ jti: "3" }), limited)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      who: "oauth:dana",
    });
    await admit(await authority.token({ sub: "kim" }), limited);
  });
});

describe("an authorization server", () => {
  it("is asked once for its keys, found by its metadata", async () => {
    const fresh = await open();
    authority.asked.length = 0;
    const token = await authority.token();
    await Promise.all([admit(token, fresh), admit(token, fresh), admit(token, fresh)]);
    await admit(token, fresh);
    expect(authority.asked).toEqual([
      "/.well-known/oauth-authorization-server",
      "/.well-known/openid-configuration",
      "/keys",
    ]);
  });

  it("is not asked again and again for keys that nobody knows", async () => {
    const fresh = await open({ jwksUri: `${authority.issuer}/keys` });
    await admit(await authority.token(), fresh);
    authority.asked.length = 0;
    for (const kid of ["a", "b", "c"]) {
      const stranger = authority.token({}, { kid }).then((token) => admit(token, fresh));
      await expect(stranger).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    }
    expect(authority.asked).toEqual([]);
  });

  it.each(["fail", "babble"] as const)("that does %s lets nobody in, and is tried again", async (how) => {
    for (const more of [{}, { jwksUri: `${authority.issuer}/keys` }]) {
      const fresh = await open(more);
      authority.behave(how);
      const token = await authority.token();
      const error = await admit(token, fresh).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "UPSTREAM", retryAfterS: expect.any(Number) });
      // The token may be good: its bearer is not to get another one.
      expect(fresh.challenge(error)).toBeNull();
      authority.behave("well");
      expect(await admit(token, fresh)).toMatchObject({ name: "oauth:dana" });
    }
  });

  it("that does not answer lets nobody in, and holds nobody for ever", async () => {
    const fresh = await open({ jwksUri: `${authority.issuer}/keys` });
    authority.behave("hang");
    await expect(admit(await authority.token(), fresh)).rejects.toMatchObject({ code: "UPSTREAM" });
  }, 10_000);

  it("is named to who needs a token", () => {
    expect(access.metadata()).toEqual({
      resource: RESOURCE,
      resource_name: "runlens",
      authorization_servers: [authority.issuer],
      scopes_supported: ["runlens:viewer", "runlens:operator", "runlens:admin"],
      bearer_methods_supported: ["header"],
    });
  });
});
