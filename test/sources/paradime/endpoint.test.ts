/** Which addresses and credentials can be meant, and which workspace they are. */
import { describe, expect, it } from "vitest";
import { credentialsOf, endpointOf, pageOfRun, sourceIdOf } from "../../../src/sources/paradime/endpoint.ts";
import { systemClock } from "../../../src/sync/clock.ts";

const ENDPOINT = "https://api.us.paradime.io/api/v1/k3v9/graphql";
const of = (more: object) => ({ endpoint: ENDPOINT, apiSecret: "s", clock: systemClock(), ...more });

describe("an endpoint", () => {
  it("is the address that is asked", () => {
    expect(endpointOf({ endpoint: ` ${ENDPOINT} ` }).href).toBe(ENDPOINT);
    expect(endpointOf({ endpoint: "http://127.0.0.1:8600/api/v1/x/graphql" }).port).toBe("8600");
  });

  it.each([
    ["", /not an address/],
    ["k3v9-secret", /not an address/],
    ["ftp://api.paradime.io/graphql", /not an address/],
    ["http://api.paradime.io/api/v1/k3v9/graphql", /unencrypted/],
    ["https://user:k3v9@api.paradime.io/graphql", /more than an address/],
    ["https://api.paradime.io/graphql?key=k3v9", /more than an address/],
  ])("that cannot be meant is refused, and not repeated: %s", (endpoint, message) => {
    const attempt = () => endpointOf({ endpoint });
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(
      expect.objectContaining({ code: "CONFIG", message: expect.not.stringContaining("k3v9") }),
    );
  });

  it("is the identity of the source, unless another is given", () => {
    expect(sourceIdOf({ endpoint: ENDPOINT })).toBe("paradime:api.us.paradime.io/k3v9");
    expect(sourceIdOf({ endpoint: `${ENDPOINT}/` })).toBe("paradime:api.us.paradime.io/k3v9");
    expect(sourceIdOf({ endpoint: ENDPOINT, workspace: "wks" })).toBe("paradime:api.us.paradime.io/k3v9/wks");
    expect(sourceIdOf({ endpoint: ENDPOINT, id: "mine" })).toBe("mine");
  });

  it("tells where the pages of runs lie, where the host is the vendor's", () => {
    expect(pageOfRun(endpointOf({ endpoint: ENDPOINT }), "7")).toBe(
      "https://app.us.paradime.io/bolt/run_id/7",
    );
    const plain = endpointOf({ endpoint: "https://api.paradime.io/api/v1/k3v9/graphql" });
    expect(pageOfRun(plain, "7")).toBe("https://app.paradime.io/bolt/run_id/7");
    expect(pageOfRun(endpointOf({ endpoint: "https://api.paradime.io.example/graphql" }), "7")).toBeNull();
  });
});

describe("credentials", () => {
  it("are a key with its secret", () => {
    expect(credentialsOf(of({ apiKey: "k", apiSecret: " s " })).headers).toEqual({
      "X-API-KEY": "k",
      "X-API-SECRET": "s",
    });
  });

  it("are a token, which needs no key; that of a company needs the workspace", () => {
    expect(credentialsOf(of({ apiSecret: "Bearer prdm_wsp_1" })).headers).toEqual({
      authorization: "Bearer prdm_wsp_1",
    });
    expect(credentialsOf(of({ apiSecret: "prdm_cmp_1", workspace: "wks" })).headers).toEqual({
      authorization: "Bearer prdm_cmp_1",
      "X-Paradime-Workspace": "wks",
    });
    expect(() => credentialsOf(of({ apiSecret: "prdm_cmp_1" }))).toThrow(
      expect.objectContaining({ code: "CONFIG", hint: expect.stringContaining("PARADIME_WORKSPACE_UID") }),
    );
  });

  it.each([
    [{ apiSecret: "" }, "UNAUTHENTICATED", "PARADIME_API_SECRET"],
    [{ apiSecret: "s" }, "UNAUTHENTICATED", "PARADIME_API_KEY"],
    [{ apiKey: "k", apiSecret: "two words" }, "CONFIG", "PARADIME_API_SECRET"],
    [{ apiKey: "k\nk", apiSecret: "s" }, "CONFIG", "PARADIME_API_KEY"],
  ])("that are missing or broken are refused by name: %j", (given, code, name) => {
    expect(() => credentialsOf(of(given))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(name) }),
    );
  });
});
