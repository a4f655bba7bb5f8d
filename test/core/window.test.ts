import { describe, expect, it } from "vitest";
import { resolveWindow } from "../../src/core/window.ts";

const now = Date.parse("2026-11-18T07:30:00Z");
const at = (since: string | undefined, until?: string, timezone?: string) =>
  resolveWindow(
    {
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(timezone === undefined ? {} : { timezone }),
    },
    now,
  );

describe("resolveWindow", () => {
  it("is open on both ends where nothing is said", () => {
    expect(at(undefined)).toEqual({ since: null, until: null });
  });

  it.each([
    ["90m", "2026-11-18T06:00:00.000Z"],
    ["12h", "2026-11-17T19:30:00.000Z"],
    ["7d", "2026-11-11T07:30:00.000Z"],
    ["2w", "2026-11-04T07:30:00.000Z"],
    ["2026-11-01T05:00:00+02:00", "2026-11-01T03:00:00.000Z"],
  ])("takes %s as a start and leaves the end open", (text, since) => {
    expect(at(text)).toEqual({ since, until: null });
  });

  it("means one whole day by yesterday, in the caller's zone", () => {
    expect(at("yesterday")).toEqual({ since: "2026-11-17T00:00:00.000Z", until: "2026-11-18T00:00:00.000Z" });
    expect(at("yesterday", undefined, "America/New_York")).toEqual({
      since: "2026-11-17T05:00:00.000Z",
      until: "2026-11-18T05:00:00.000Z",
    });
  });

  it("leaves last night open while the morning lasts, and ends it at nine", () => {
    expect(at("last night")).toEqual({ since: "2026-11-17T18:00:00.000Z", until: null });
    expect(resolveWindow({ since: "last_night" }, Date.parse("2026-11-18T14:00:00Z"))).toEqual({
      since: "2026-11-17T18:00:00.000Z",
      until: "2026-11-18T09:00:00.000Z",
    });
  });

  it("includes the day that until names", () => {
    expect(at("2026-11-01", "2026-11-02")).toEqual({
      since: "2026-11-01T00:00:00.000Z",
      until: "2026-11-03T00:00:00.000Z",
    });
  });

  it("ends a named stretch as until with its end, or now where it is not over", () => {
    expect(at("2d", "last night").until).toBe("2026-11-18T07:30:00.000Z");
    expect(at("today", "today")).toEqual({
      since: "2026-11-18T00:00:00.000Z",
      until: "2026-11-18T07:30:00.000Z",
    });
    expect(at("7d", "yesterday").until).toBe("2026-11-18T00:00:00.000Z");
  });

  it("follows daylight saving time: a day may have 25 hours", () => {
    expect(at("2026-10-25", "2026-10-25", "Europe/Berlin")).toEqual({
      since: "2026-10-24T22:00:00.000Z",
      until: "2026-10-25T23:00:00.000Z",
    });
  });

  it.each([
    ["tomorrowish", undefined, undefined, "is not a time"],
    ["2026-13-01", undefined, undefined, "is not a time"],
    ["7d", "8d", undefined, "not after"],
    ["7d", undefined, "Mars/Olympus", "timezone"],
  ])("refuses since %s until %s in %s", (since, until, zone, message) => {
    expect(() => at(since, until, zone)).toThrow(message);
  });
});
