/** Whether an asset is as new as its policy asks, by the word of the deployment or by the vendor's rule. */
import { describe, expect, it } from "vitest";
import { secondsOf } from "../../../src/sources/dagster/asset-rows.ts";
import { policyOf } from "../../../src/sources/dagster/assets.ts";
import {
  criterionOf,
  type FreshnessFacts,
  freshnessOf,
  lastDeadline,
} from "../../../src/sources/dagster/freshness.ts";

const HOUR = 3600;
const at = (text: string): number => Date.parse(text) / 1000;
const NOW = at("2026-11-18T12:00:00Z");

const facts = (given: Partial<FreshnessFacts>): FreshnessFacts => ({
  policy: null,
  last_made: NOW - HOUR,
  verdict: null,
  minutes_late: null,
  stale_status: "FRESH",
  stale_causes: [],
  ...given,
});

describe("a window", () => {
  const policy = { kind: "window", warn_s: 12 * HOUR, fail_s: 24 * HOUR } as const;
  it.each([
    [NOW - HOUR, "pass"],
    [NOW - 12 * HOUR, "pass"],
    [NOW - 12 * HOUR - 1, "warn"],
    [NOW - 24 * HOUR, "warn"],
    [NOW - 24 * HOUR - 1, "error"],
    [null, "unchecked"],
  ])("made at %d is %s", (last_made, status) => {
    expect(freshnessOf(facts({ policy, last_made }), NOW)?.status).toBe(status);
  });

  it("without a warning has none", () => {
    const strict = { ...policy, warn_s: null };
    expect(freshnessOf(facts({ policy: strict, last_made: NOW - 23 * HOUR }), NOW)?.status).toBe("pass");
    expect(freshnessOf(facts({ policy: strict, last_made: NOW - 25 * HOUR }), NOW)?.status).toBe("error");
  });

  it("is told by its ages, and not in words", () => {
    expect([criterionOf(policy), secondsOf(policy)]).toEqual([
      null,
      { warn_s: 12 * HOUR, error_s: 24 * HOUR },
    ]);
  });

  it("says of what was never made that it was not", () => {
    expect(freshnessOf(facts({ policy, last_made: null }), NOW)?.message).toBe("never materialized");
  });
});

describe("a deadline", () => {
  /** Made anew within two hours before nine in Oslo, where it is an hour later than UTC in winter. */
  const policy = {
    kind: "deadline",
    cron: "0 9 * * *",
    timezone: "Europe/Oslo",
    before_s: 2 * HOUR,
  } as const;
  const status = (last_made: string, now: string) =>
    freshnessOf(facts({ policy, last_made: at(last_made) }), at(now))?.status;

  it.each([
    // The deadline of today is at 08:00 UTC; what was made from 06:00 on is in time.
    ["2026-11-18T06:00:00Z", "2026-11-18T08:00:00Z", "pass"],
    ["2026-11-18T05:59:59Z", "2026-11-18T08:00:00Z", "error"],
    // Before the tick that of yesterday counts.
    ["2026-11-17T06:00:00Z", "2026-11-18T07:59:59Z", "pass"],
    ["2026-11-17T05:59:59Z", "2026-11-18T07:59:59Z", "error"],
    ["2026-11-17T06:00:00Z", "2026-11-18T08:00:00Z", "error"],
    ["2026-11-18T11:00:00Z", "2026-11-18T12:00:00Z", "pass"],
    // In summer it is at 07:00 UTC.
    ["2026-07-01T05:00:00Z", "2026-07-01T07:00:00Z", "pass"],
    ["2026-07-01T04:59:59Z", "2026-07-01T07:00:00Z", "error"],
    // The day before and the day after the clocks were set back, on the 25th of October.
    ["2026-10-24T05:00:00Z", "2026-10-25T07:59:59Z", "pass"],
    ["2026-10-24T05:00:00Z", "2026-10-25T08:00:00Z", "error"],
    ["2026-10-25T06:00:00Z", "2026-10-25T08:00:00Z", "pass"],
    // And set forward, on the 29th of March.
    ["2026-03-28T06:00:00Z", "2026-03-29T06:59:59Z", "pass"],
    ["2026-03-28T06:00:00Z", "2026-03-29T07:00:00Z", "error"],
  ])("made at %s, looked at at %s: %s", (made, now, expected) => {
    expect(status(made, now)).toBe(expected);
  });

  it("is told in words, and not by an age", () => {
    expect(criterionOf(policy)).toBe("made within 2 h before 0 9 * * * Europe/Oslo, or since");
    expect(criterionOf({ ...policy, before_s: 90 * 60 })).toContain("within 90 min before");
    expect(secondsOf(policy)).toEqual({ warn_s: Number.NaN, error_s: Number.NaN });
  });

  it("that cannot be read decides nothing", () => {
    expect(lastDeadline("every day", "UTC", NOW)).toBeNull();
    expect(lastDeadline("0 9 * * *", "Mars/Olympus", NOW)).toBeNull();
    const unreadable = { ...policy, cron: "every day" };
    expect(freshnessOf(facts({ policy: unreadable }), NOW)?.status).toBe("unchecked");
  });

  it("is on the dot a time that has come", () => {
    const nine = at("2026-11-18T09:00:00Z");
    expect(lastDeadline("0 9 * * *", "UTC", nine)).toBe(nine);
    expect(lastDeadline("0 9 * * *", "UTC", nine - 1)).toBe(nine - 24 * HOUR);
  });
});

describe("a lag, as before 1.11", () => {
  const policy = { kind: "lag", lag_s: 2 * HOUR, cron: null, timezone: "UTC" } as const;
  const timed = { ...policy, cron: "0 9 * * *" };
  it.each([
    [policy, { minutes_late: 0 }, "pass"],
    [policy, { minutes_late: 7.5 }, "error"],
    // Late by the server's word, whatever the age.
    [policy, { minutes_late: 0, last_made: NOW - 9 * HOUR }, "pass"],
    [policy, { last_made: NOW - 3 * HOUR }, "error"],
    // Younger than the lag, but of sources that may be older.
    [policy, { last_made: NOW - HOUR }, "unchecked"],
    [timed, { last_made: NOW - 30 * HOUR }, "unchecked"],
    [timed, { minutes_late: 60 }, "error"],
    [policy, { last_made: null, minutes_late: null }, "unchecked"],
  ])("%j with %j is %s", (held, given, status) => {
    expect(freshnessOf(facts({ policy: held, ...given }), NOW)?.status).toBe(status);
  });

  it("is an age where it holds at all times, and words where it does not", () => {
    expect([criterionOf(policy), secondsOf(policy).error_s]).toEqual([null, 2 * HOUR]);
    expect(criterionOf(timed)).toBe("at most 2 h behind its sources at 0 9 * * * UTC");
    expect(secondsOf(timed).error_s).toBeNaN();
  });
});

describe("the verdict of the deployment", () => {
  const policy = { kind: "window", warn_s: null, fail_s: 24 * HOUR } as const;
  it.each([
    ["HEALTHY", NOW - 48 * HOUR, "pass", "HEALTHY"],
    ["WARNING", NOW - HOUR, "warn", "WARNING"],
    ["DEGRADED", NOW - HOUR, "error", "DEGRADED"],
    // No verdict: nothing was evaluated, or nothing is to be.
    ["UNKNOWN", NOW - 48 * HOUR, "error", null],
    ["NOT_APPLICABLE", NOW - HOUR, "pass", null],
    ["HIBERNATING", NOW - HOUR, "pass", null],
    [null, NOW - HOUR, "pass", null],
  ])("%s over what was made at %d is %s", (verdict, last_made, status, raw_status) => {
    expect(freshnessOf(facts({ policy, verdict, last_made }), NOW)).toMatchObject({ status, raw_status });
  });
});

describe("without a policy", () => {
  it("nothing is said, but that it is out of step", () => {
    expect(freshnessOf(facts({}), NOW)).toBeNull();
    expect(freshnessOf(facts({ stale_status: "MISSING", last_made: null }), NOW)).toBeNull();
    // A verdict is one of a policy.
    expect(freshnessOf(facts({ verdict: "DEGRADED" }), NOW)).toBeNull();
    const causes = ["a has a new code version", "b", "c", "d"];
    expect(freshnessOf(facts({ stale_status: "STALE", stale_causes: causes }), NOW)).toEqual({
      status: "warn",
      raw_status: "STALE",
      criterion: null,
      message: "out of step: a has a new code version; b; c",
    });
    expect(freshnessOf(facts({ stale_status: "STALE" }), NOW)?.message).toBe(
      "out of step: upstream or code has changed",
    );
  });
});

describe("the policy of a node", () => {
  it.each([
    [{}, null],
    [{ internalFreshnessPolicy: null, freshnessPolicy: null }, null],
    [{ internalFreshnessPolicy: { __typename: "SomethingNew" } }, null],
    [
      { internalFreshnessPolicy: { failWindowSeconds: 60, warnWindowSeconds: 30 } },
      { kind: "window", fail_s: 60, warn_s: 30 },
    ],
    [
      { internalFreshnessPolicy: { failWindowSeconds: 60, warnWindowSeconds: null } },
      { kind: "window", fail_s: 60, warn_s: null },
    ],
    [
      { internalFreshnessPolicy: { deadlineCron: "0 9 * * *", lowerBoundDeltaSeconds: 60, timezone: "" } },
      { kind: "deadline", cron: "0 9 * * *", timezone: "UTC", before_s: 60 },
    ],
    [
      {
        freshnessPolicy: { maximumLagMinutes: 2, cronSchedule: "@daily", cronScheduleTimezone: "Asia/Tokyo" },
      },
      { kind: "lag", lag_s: 120, cron: "@daily", timezone: "Asia/Tokyo" },
    ],
    [{ freshnessPolicy: { maximumLagMinutes: 2 } }, { kind: "lag", lag_s: 120, cron: null, timezone: "UTC" }],
    // Both: the newer one holds.
    [
      { internalFreshnessPolicy: { failWindowSeconds: 60 }, freshnessPolicy: { maximumLagMinutes: 2 } },
      { kind: "window", fail_s: 60, warn_s: null },
    ],
  ])("%j", (node, policy) => {
    expect(policyOf(node)).toEqual(policy);
  });
});
