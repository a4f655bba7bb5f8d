import { describe, expect, it } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import { bareToken, endpointsOf, sourceIdOf } from "../../../src/sources/dbt-cloud/hosts.ts";
import { QuickClock } from "./served.ts";

function refusal(work: () => unknown): RunlensError {
  try {
    work();
  } catch (error) {
    if (error instanceof RunlensError) return error;
  }
  throw new Error("it was not refused");
}

describe("endpointsOf", () => {
  it.each([
    [undefined, "cloud.getdbt.com", "metadata.cloud.getdbt.com"],
    ["cloud.getdbt.com", "cloud.getdbt.com", "metadata.cloud.getdbt.com"],
    ["emea.dbt.com", "emea.dbt.com", "metadata.emea.dbt.com"],
    ["au.dbt.com", "au.dbt.com", "metadata.au.dbt.com"],
    ["us1.dbt.com", "us1.dbt.com", "metadata.us1.dbt.com"],
    ["ab123.us1.dbt.com", "ab123.us1.dbt.com", "ab123.metadata.us1.dbt.com"],
    ["ab123.eu1.dbt.com", "ab123.eu1.dbt.com", "ab123.metadata.eu1.dbt.com"],
    ["acme.tenant-7.dbt.com", "acme.tenant-7.dbt.com", "acme.metadata.tenant-7.dbt.com"],
    ["acme.getdbt.com", "acme.getdbt.com", "metadata.acme.getdbt.com"],
    ["dbt.acme.example", "dbt.acme.example", "metadata.dbt.acme.example"],
    ["https://ab123.us1.dbt.com", "ab123.us1.dbt.com", "ab123.metadata.us1.dbt.com"],
    ["https://AB123.us1.dbt.com/", "ab123.us1.dbt.com", "ab123.metadata.us1.dbt.com"],
    [" emea.dbt.com/ ", "emea.dbt.com", "metadata.emea.dbt.com"],
    ["https://ab123.us1.dbt.com/deploy/4242/projects/1", "ab123.us1.dbt.com", "ab123.metadata.us1.dbt.com"],
    ["dbt.acme.example:8443", "dbt.acme.example:8443", "metadata.dbt.acme.example:8443"],
  ])("finds both APIs of %s", (host, admin, discovery) => {
    expect(endpointsOf(host === undefined ? {} : { host })).toEqual({
      admin: `https://${admin}`,
      discovery: `https://${discovery}/graphql`,
    });
  });

  it("takes a host of this machine for both APIs, without encryption", () => {
    for (const host of ["127.0.0.1:8080", "http://127.0.0.1:8080/"]) {
      expect(endpointsOf({ host })).toEqual({
        admin: "http://127.0.0.1:8080",
        discovery: "http://127.0.0.1:8080/graphql",
      });
    }
  });

  it("lets an explicit URL override each", () => {
    const host = "ab123.us1.dbt.com";
    expect(endpointsOf({ host, adminUrl: "https://proxy.acme.example/dbt/" })).toEqual({
      admin: "https://proxy.acme.example/dbt",
      discovery: "https://ab123.metadata.us1.dbt.com/graphql",
    });
    expect(endpointsOf({ host, discoveryUrl: "https://meta.acme.example/beta/graphql" })).toEqual({
      admin: "https://ab123.us1.dbt.com",
      discovery: "https://meta.acme.example/beta/graphql",
    });
    expect(endpointsOf({ host, discoveryUrl: "https://meta.acme.example" }).discovery).toBe(
      "https://meta.acme.example/graphql",
    );
    expect(endpointsOf({ host, adminUrl: "https://ab123.us1.dbt.com/api/v2/" }).admin).toBe(
      "https://ab123.us1.dbt.com",
    );
  });

  it("never sends the token to the usual host because only the Admin API was named", () => {
    expect(endpointsOf({ adminUrl: "https://ab123.eu1.dbt.com" }).discovery).toBe(
      "https://ab123.metadata.eu1.dbt.com/graphql",
    );
  });

  it.each([
    ["metadata.cloud.getdbt.com", "cloud.getdbt.com"],
    ["https://metadata.emea.dbt.com/graphql", "emea.dbt.com"],
    ["semantic-layer.cloud.getdbt.com", "cloud.getdbt.com"],
    ["ab123.metadata.us1.dbt.com", "ab123.us1.dbt.com"],
    ["ab123.semantic-layer.us1.dbt.com", "ab123.us1.dbt.com"],
  ])("refuses %s and says what to write", (host, instead) => {
    const { code, hint } = refusal(() => endpointsOf({ host }));
    expect(code).toBe("CONFIG");
    expect(hint).toContain(`Write ${instead};`);
  });

  it.each([
    ["host", { host: "http://cloud.getdbt.com" }, "DBT_HOST"],
    ["host", { host: "getdbt" }, "DBT_HOST"],
    ["host", { host: "" }, "DBT_HOST"],
    ["host", { host: "ftp://cloud.getdbt.com" }, "DBT_HOST"],
    ["host", { host: "https://me:secret@cloud.getdbt.com" }, "DBT_HOST"],
    ["Admin URL", { adminUrl: "http://dbt.acme.example" }, "DBT_ADMIN_URL"],
    ["Admin URL", { adminUrl: "dbt.acme.example" }, "DBT_ADMIN_URL"],
    ["Discovery URL", { discoveryUrl: "http://10.0.0.7/graphql" }, "DBT_DISCOVERY_URL"],
    ["Discovery URL", { discoveryUrl: "https://meta.example/graphql?token=secret" }, "DBT_DISCOVERY_URL"],
  ])("refuses the %s of %o", (_what, options, variable) => {
    const error = refusal(() => endpointsOf(options));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain(variable);
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
  });
});

describe("bareToken", () => {
  it.each(["abc", " abc\n", "Bearer abc", "bearer  abc", "Token abc"])("takes %j", (token) => {
    expect(bareToken(token)).toBe("abc");
  });

  it("refuses what is none, without repeating it", () => {
    for (const token of ["", "  ", "Bearer "])
      expect(refusal(() => bareToken(token)).code).toBe("UNAUTHENTICATED");
    for (const token of ["ab cd", "ab\ncd", "abcdé"]) {
      const error = refusal(() => bareToken(token));
      expect([error.code, JSON.stringify(error).includes("ab")]).toEqual(["CONFIG", false]);
    }
  });
});

describe("sourceIdOf", () => {
  const options = { token: "t", accountId: "4242", clock: new QuickClock() };

  it("is the host and the account, however the host is written", () => {
    expect(sourceIdOf(options)).toBe("dbt-cloud:cloud.getdbt.com/4242");
    expect(sourceIdOf({ ...options, host: "https://ab123.us1.dbt.com/" })).toBe(
      "dbt-cloud:ab123.us1.dbt.com/4242",
    );
    expect(sourceIdOf({ ...options, host: "emea.dbt.com", adminUrl: "http://127.0.0.1:99" })).toBe(
      "dbt-cloud:127.0.0.1:99/4242",
    );
    expect(sourceIdOf({ ...options, id: "mine" })).toBe("mine");
  });

  it("refuses an account that is no number", () => {
    for (const accountId of ["", "acme", "42/43", " 42"]) {
      expect(refusal(() => sourceIdOf({ ...options, accountId, id: "mine" }))).toMatchObject({
        code: "CONFIG",
        message: expect.stringContaining("DBT_ACCOUNT_ID"),
      });
    }
  });
});
