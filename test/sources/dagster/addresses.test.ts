/** Where a deployment answers, and which one it is. */
import { describe, expect, it } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import { addressesOf, sourceIdOf } from "../../../src/sources/dagster/addresses.ts";
import { environmentOf } from "../../../src/sources/dagster/workspace.ts";

describe("a webserver of one's own", () => {
  it.each([
    ["http://localhost:3000", "http://localhost:3000/graphql"],
    ["http://localhost:3000/", "http://localhost:3000/graphql"],
    ["http://localhost:3000/graphql", "http://localhost:3000/graphql"],
    ["http://localhost:3000/graphql/", "http://localhost:3000/graphql"],
    ["localhost:3000", "http://localhost:3000/graphql"],
    ["127.0.0.1:3000/graphql", "http://127.0.0.1:3000/graphql"],
    ["[::1]:3000", "http://[::1]:3000/graphql"],
    ["dagster.example.com", "https://dagster.example.com/graphql"],
    // Behind a path prefix, also one that is called like the endpoint.
    ["https://tools.example.com/dagster", "https://tools.example.com/dagster/graphql"],
    ["https://tools.example.com/dagster/graphql", "https://tools.example.com/dagster/graphql"],
    ["https://tools.example.com/graphql/graphql", "https://tools.example.com/graphql/graphql"],
    // What a browser shows after it is no part of the address.
    ["  https://tools.example.com/dagster?live=1#top ", "https://tools.example.com/dagster/graphql"],
  ])("%j answers at %s", (url, graphql) => {
    const found = addressesOf({ url });
    expect(found).toEqual({ graphql, pages: graphql.replace(/\/graphql$/, ""), deployment: null });
  });
});

describe("a deployment of Dagster+", () => {
  const plus = {
    graphql: "https://acme.dagster.cloud/prod/graphql",
    pages: "https://acme.dagster.cloud/prod",
    deployment: "prod",
  };
  it.each([
    [{ organization: "acme", deployment: "prod" }],
    [{ url: "https://acme.dagster.cloud/prod" }],
    [{ url: "https://acme.dagster.cloud/prod/graphql" }],
    [{ url: "acme.dagster.cloud", deployment: "prod" }],
    [{ url: "https://acme.dagster.cloud/graphql", deployment: "prod" }],
    // The address says it already, and is nearer.
    [{ url: "https://acme.dagster.cloud/prod", deployment: "staging", organization: "other" }],
  ])("is found by %j", (options) => {
    expect(addressesOf(options)).toEqual(plus);
    expect(sourceIdOf(options)).toBe("dagster:acme.dagster.cloud/prod");
  });

  it("is one of Europe by its whole address", () => {
    expect(addressesOf({ url: "https://acme.eu.dagster.cloud/prod" })).toMatchObject({
      graphql: "https://acme.eu.dagster.cloud/prod/graphql",
      deployment: "prod",
    });
  });

  it.each([
    [{}, "DAGSTER_CLOUD_ORGANIZATION is missing"],
    [{ deployment: "prod" }, "DAGSTER_CLOUD_ORGANIZATION is missing"],
    [{ organization: "", deployment: "prod" }, "DAGSTER_CLOUD_ORGANIZATION is missing"],
    [{ organization: "acme" }, "DAGSTER_CLOUD_DEPLOYMENT is missing"],
    [{ url: "https://acme.dagster.cloud" }, "DAGSTER_CLOUD_DEPLOYMENT is missing"],
    [{ organization: "acme/../evil", deployment: "prod" }, "DAGSTER_CLOUD_ORGANIZATION is no name"],
    [{ organization: "acme.evil.example/", deployment: "prod" }, "DAGSTER_CLOUD_ORGANIZATION is no name"],
    [{ organization: "acme", deployment: "../prod" }, "DAGSTER_CLOUD_DEPLOYMENT is no name"],
    [{ organization: "acme", deployment: "a b" }, "DAGSTER_CLOUD_DEPLOYMENT is no name"],
    [{ url: "http://" }, "DAGSTER_GRAPHQL_URL is no address"],
    [{ url: "ftp://dagster.example.com" }, "DAGSTER_GRAPHQL_URL is no address"],
    [{ url: "file:///etc/passwd" }, "DAGSTER_GRAPHQL_URL is no address"],
    [{ url: "https://me:hunter2@dagster.example.com" }, "DAGSTER_GRAPHQL_URL has a name or password"],
  ])("is not meant by %j", (options, message) => {
    const error = refusal(() => addressesOf(options));
    expect([error.code, error.message]).toEqual(["CONFIG", expect.stringContaining(message)]);
    expect(error.hint).not.toBe("");
    expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
  });
});

describe("the identity of a source", () => {
  it("is the same for every way to write the same deployment", () => {
    const ways = ["http://localhost:3000", "localhost:3000/", "http://localhost:3000/graphql/"];
    expect(new Set(ways.map((url) => sourceIdOf({ url })))).toEqual(new Set(["dagster:localhost:3000"]));
    expect(sourceIdOf({ url: "https://tools.example.com/dagster/graphql" })).toBe(
      "dagster:tools.example.com/dagster",
    );
  });

  it("differs between deployments", () => {
    const ids = ["prod", "staging"].map((deployment) => sourceIdOf({ organization: "acme", deployment }));
    expect(ids).toEqual(["dagster:acme.dagster.cloud/prod", "dagster:acme.dagster.cloud/staging"]);
  });

  it("is what the user says, where they say it", () => {
    expect(sourceIdOf({ url: "localhost:3000", id: "mine" })).toBe("mine");
  });
});

describe("the environment", () => {
  it.each([
    [undefined, null, "default", "production"],
    [undefined, "prod", "prod", "production"],
    [undefined, "staging", "staging", "staging"],
    [undefined, "dev", "dev", "development"],
    [undefined, "7f3ab1-branch", "7f3ab1-branch", "other"],
    ["test", null, "test", "production"],
    ["Stage", "prod", "Stage", "staging"],
  ])("named %j, deployed as %j, is %s: %s", (name, deployment, id, type) => {
    expect(environmentOf(name, deployment)).toEqual({ environment_id: id, name: id, type });
  });
});

function refusal(work: () => unknown): RunlensError {
  try {
    work();
  } catch (error) {
    if (error instanceof RunlensError) return error;
    throw error;
  }
  throw new Error("was not refused");
}
