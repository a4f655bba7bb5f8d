import { describe, expect, it } from "vitest";
import { firstLine, type HealthFacts, judge } from "../../src/core/health.ts";

const fine: HealthFacts = {
  materialization: "table",
  last_status: "success",
  raw_status: null,
  message: null,
  tests: [],
  sources: [],
  failed_upstream: [],
};
const test = { name: "unique_id", severity: "error", failures: 3, message: null } as const;

describe("judge", () => {
  it("finds a model healthy that was built, whose tests pass and whose sources are fresh", () => {
    const facts: HealthFacts = {
      ...fine,
      tests: [{ ...test, status: "pass", failures: 0 }],
      sources: [{ name: "app.orders", status: "pass" }],
    };
    expect(judge(facts)).toEqual({ status: "healthy", reasons: [] });
  });

  it.each(["no_op", "reused", "running"] as const)("has nothing against %s", (last_status) => {
    expect(judge({ ...fine, last_status }).status).toBe("healthy");
  });

  it("is critical where the last build failed, and says why", () => {
    const message = "Database Error in model a (models/a.sql)\n  division by zero";
    expect(judge({ ...fine, last_status: "error", message })).toEqual({
      status: "critical",
      reasons: ["last build failed: division by zero"],
    });
  });

  it("is critical where a test of severity error fails, or could not run", () => {
    expect(judge({ ...fine, tests: [{ ...test, status: "fail" }] })).toEqual({
      status: "critical",
      reasons: ["test unique_id fails (3 rows)"],
    });
    expect(judge({ ...fine, tests: [{ ...test, status: "error", message: "no such column" }] }).status).toBe(
      "critical",
    );
  });

  it("only warns where a test warns", () => {
    expect(judge({ ...fine, tests: [{ ...test, severity: "warn", status: "warn" }] }).status).toBe("warning");
    expect(judge({ ...fine, tests: [{ ...test, severity: "warn", status: "fail" }] }).status).toBe("warning");
  });

  it("is blocked where it was skipped, and names what failed upstream", () => {
    expect(judge({ ...fine, last_status: "skipped", failed_upstream: ["shop.stg_orders"] })).toEqual({
      status: "blocked",
      reasons: ["skipped because shop.stg_orders failed upstream"],
    });
  });

  it("is unknown where no build of it is known, and never takes that for healthy", () => {
    expect(judge({ ...fine, last_status: null }).status).toBe("unknown");
  });

  it("judges an ephemeral model by its tests and sources alone", () => {
    expect(judge({ ...fine, materialization: "ephemeral", last_status: null }).status).toBe("healthy");
    expect(
      judge({
        ...fine,
        materialization: "ephemeral",
        last_status: null,
        tests: [{ ...test, status: "fail" }],
      }).status,
    ).toBe("critical");
  });

  it.each([
    ["warn", "warning"],
    ["error", "warning"],
    ["runtime_error", "warning"],
    ["unchecked", "healthy"],
  ] as const)("takes a source that is %s as %s", (status, expected) => {
    expect(judge({ ...fine, sources: [{ name: "app.orders", status }] }).status).toBe(expected);
  });

  it("warns of a word that it does not know", () => {
    expect(judge({ ...fine, last_status: "unknown", raw_status: "teleported" })).toEqual({
      status: "warning",
      reasons: ["last status is not known: teleported"],
    });
  });

  it("puts the worst reason first and keeps the others", () => {
    const facts: HealthFacts = {
      ...fine,
      last_status: "partial_success",
      tests: [
        { ...test, status: "warn" },
        { ...test, name: "not_null_id", status: "fail" },
      ],
    };
    const { status, reasons } = judge(facts);
    expect(status).toBe("critical");
    expect(reasons[0]).toContain("not_null_id");
    expect(reasons).toHaveLength(3);
  });
});

describe("firstLine", () => {
  it("skips dbt's heading and takes the words of the database", () => {
    expect(firstLine("Runtime Error in test unique_x (models/x.yml)\n\n  Conversion Error: bad date")).toBe(
      "Conversion Error: bad date",
    );
    expect(firstLine("Got 3 results, configured to fail if != 0")).toBe(
      "Got 3 results, configured to fail if != 0",
    );
    expect(firstLine("  \n ")).toBeNull();
  });
});
