import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SCALARS } from "./scalars.ts";
import { loadSchema } from "./schema.ts";

describe("DateTime", () => {
  beforeEach(() => vi.stubEnv("TZ", "America/New_York"));
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ["2026-06-19T02:00:10.123999Z", "2026-06-19T02:00:10.123Z"],
    ["2026-06-19T23:59:59.999999Z", "2026-06-19T23:59:59.999Z"],
    ["2026-06-19T02:00:10+00:00", "2026-06-19T02:00:10.000Z"],
    ["2026-06-19T04:00:10.5+02:00", "2026-06-19T02:00:10.500Z"],
    ["2026-06-19T02:00:10.123456", "2026-06-19T02:00:10.123Z"],
    [Date.UTC(2026, 5, 19) + 0.9, "2026-06-19T00:00:00.000Z"],
  ])("%s is written as %s", (given, written) => {
    expect(SCALARS.DateTime?.serialize(given)).toBe(written);
  });

  test("a text that is no time is refused", () => {
    expect(() => SCALARS.DateTime?.serialize("yesterday")).toThrow("DateTime");
  });
});

describe("BigInt", () => {
  test.each([
    [7, 7],
    ["402100001", 402_100_001],
    ["-1", -1],
  ])("takes %s", (given, taken) => {
    expect(SCALARS.BigInt?.parseValue(given)).toBe(taken);
  });

  test.each(["", "7.5", 7.5, "0x10", true, null, {}])("refuses %s", (given) => {
    expect(() => SCALARS.BigInt?.parseValue(given)).toThrow("BigInt");
  });
});

test.each(["2025-03", "2026-06"] as const)("the schema of %s has these scalars and no others", (vintage) => {
  const own = Object.values(loadSchema(vintage).getTypeMap())
    .filter((type) => type.astNode?.kind === "ScalarTypeDefinition")
    .map(({ name }) => name);
  expect(own.sort()).toEqual(Object.keys(SCALARS).sort());
});
