import { describe, expect, it } from "vitest";
import { firstLine, type HealthFacts, judge } from "../../src/core/health.ts";
import type { FreshnessStatus, ReportedStatus } from "../../src/core/vocabulary.ts";

const fine: HealthFacts = {
  materialization: "table",
  last_status: "success",
  raw_status: null,
  message: null,
  tests: [],
  sources: [],
  failed_upstream: [],
  own_freshness: null,
  reported: null,
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
    const four = ["shop.a", "shop.b", "shop.c", "shop.d"];
    expect(judge({ ...fine, last_status: "skipped", failed_upstream: four }).reasons).toEqual([
      "skipped because shop.a, shop.b, shop.c failed upstream",
    ]);
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

describe("a model's own freshness", () => {
  const own = (
    status: FreshnessStatus,
    has_policy = true,
    criterion: string | null = "built by 0 9 * * * UTC",
  ) => judge({ ...fine, own_freshness: { status, criterion, has_policy } });

  it("makes it critical where it is staler than its policy allows, and says what that asks for", () => {
    expect(own("error")).toEqual({
      status: "critical",
      reasons: ["is staler than its policy allows (built by 0 9 * * * UTC)"],
    });
    expect(own("error", true, null).reasons).toEqual(["is staler than its policy allows"]);
  });

  it.each(["warn", "runtime_error"] as const)("only warns of %s", (status) => {
    expect(own(status)).toMatchObject({ status: "warning", reasons: [expect.stringContaining("0 9 * * *")] });
  });

  it.each(["pass", "unchecked"] as const)("has nothing against %s", (status) => {
    expect(own(status)).toEqual({ status: "healthy", reasons: [] });
  });

  it.each([
    "warn",
    "error",
    "runtime_error",
  ] as const)("is no reason where nothing is asked of it: %s", (status) => {
    expect(own(status, false, null)).toEqual({ status: "healthy", reasons: [] });
  });
});

describe("the word of its system", () => {
  const broken: HealthFacts = { ...fine, last_status: "error", message: "division by zero" };
  const reported = (status: ReportedStatus, ...reasons: string[]) => ({
    status,
    raw_status: status === "critical" ? "DEGRADED" : null,
    reasons,
  });

  it("stands before ours, whose reasons follow where both find it unhealthy", () => {
    expect(judge({ ...broken, reported: reported("warning", "2 of 3 checks warn") })).toEqual({
      status: "warning",
      reasons: ["2 of 3 checks warn", "last build failed: division by zero"],
    });
    const same = reported("critical", "last build failed: division by zero");
    expect(judge({ ...broken, reported: same }).reasons).toEqual(same.reasons);
  });

  it("stands alone where ours finds nothing wrong", () => {
    expect(judge({ ...fine, reported: reported("critical", "a partition failed") })).toEqual({
      status: "critical",
      reasons: ["a partition failed"],
    });
    expect(judge({ ...fine, last_status: null, reported: reported("warning", "late") }).reasons).toEqual([
      "late",
    ]);
  });

  it("may be that it is healthy", () => {
    expect(judge({ ...broken, reported: reported("healthy") })).toEqual({ status: "healthy", reasons: [] });
    expect(judge({ ...fine, last_status: null, reported: reported("healthy") }).status).toBe("healthy");
  });

  it("is given with itself as the reason where the system has none", () => {
    expect(judge({ ...fine, reported: reported("critical") }).reasons).toEqual([
      "reported as DEGRADED, without a reason",
    ]);
  });

  it("counts for nothing where the system does not know", () => {
    expect(judge({ ...broken, reported: reported("unknown", "not evaluated") })).toEqual(judge(broken));
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
