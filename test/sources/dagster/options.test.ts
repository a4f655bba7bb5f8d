/** Options that cannot be meant are refused when the source is made, without showing what they say. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import type { DagsterOptions } from "../../../src/sources/dagster/options.ts";
import { createDagsterSource } from "../../../src/sources/dagster/source.ts";
import { QuickClock } from "../dbt-cloud/served.ts";

const SECRET = "let-me-in-9876543210";
const sourceOf = (options: Partial<DagsterOptions>) =>
  createDagsterSource({ url: "http://localhost:3000", clock: new QuickClock(), ...options });

function refusal(options: Partial<DagsterOptions>): RunlensError {
  try {
    sourceOf(options);
  } catch (error) {
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
    if (error instanceof RunlensError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("a header that no request can have", () => {
  it.each([
    ["a line end in its value", { "X-Key": `${SECRET}\nX-Other: 1` }],
    ["a character that is none of a header's", { "X-Key": `${SECRET}…` }],
    ["a name with a space", { "X Key": SECRET }],
    ["no name", { "": SECRET }],
  ])("with %s is refused", (_, headers) => {
    const error = refusal({ headers });
    expect([error.code, error.message]).toEqual([
      "CONFIG",
      expect.stringContaining("DAGSTER_EXTRA_HEADERS has what no header can have"),
    ]);
    expect(error.hint).toMatch(/one line/);
  });

  it("is refused as a token too", () => {
    const error = refusal({ token: `${SECRET}\n# of the service` });
    expect([error.code, error.message]).toEqual([
      "CONFIG",
      expect.stringContaining("DAGSTER_CLOUD_API_TOKEN"),
    ]);
  });

  it("is none of those that a proxy may want", () => {
    const headers = {
      "CF-Access-Client-Id": "a.b",
      Authorization: "Basic YTpi=",
      cookie: "a=1; b=2",
      x_y: "",
    };
    expect(sourceOf({ headers, token: "user:acme:0123" }).ref.id).toBe("dagster:localhost:3000");
  });
});

describe("a source", () => {
  it("is called by what it is, and where", () => {
    expect(sourceOf({}).label).toBe("Dagster at localhost:3000");
    expect(sourceOf({ url: "https://tools.example.com/dagster" }).label).toBe(
      "Dagster at tools.example.com/dagster",
    );
    const plus = { url: "https://acme.dagster.cloud/prod" };
    expect(sourceOf(plus).label).toBe("Dagster+ at acme.dagster.cloud/prod");
    expect(sourceOf({ token: "t" }).label).toBe("Dagster+ at localhost:3000");
  });

  it("is refused without an address", () => {
    expect(() => createDagsterSource({ clock: new QuickClock() })).toThrow(
      "DAGSTER_CLOUD_ORGANIZATION is missing",
    );
  });

  it("tells no code, and says where to look", async () => {
    const signal = new AbortController().signal;
    await expect(sourceOf({}).code("asset:shop:a", "dagster:location/shop", signal)).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  });
});
