import { describe, expect, it } from "vitest";
import { clockDuration, wordDuration, wordTime } from "./admin/humanized.ts";
import { apiTime, artifactTime, parseTime } from "./times.ts";

describe("times", () => {
  it("keep their microseconds from the text to the text", () => {
    for (const text of [
      "2026-10-28T02:03:07.760850Z",
      "2026-11-18T06:07:23.999999Z",
      "2026-01-01T00:00:00.000001Z",
    ])
      expect(artifactTime(parseTime(text) ?? 0)).toBe(text);
  });

  it("are written with a space or with a T", () => {
    const at = parseTime("2026-10-28T02:03:07.760850Z");
    expect(apiTime(at, " ")).toBe("2026-10-28 02:03:07.760850+00:00");
    expect(apiTime(at, "T")).toBe("2026-10-28T02:03:07.760850+00:00");
    expect(apiTime(null, " ")).toBeNull();
  });

  it.each([
    ["2026-10-28", "2026-10-28T00:00:00.000Z"],
    ["2026-10-28T02:03", "2026-10-28T02:03:00.000Z"],
    ["2026-10-28 02:03:07+02:00", "2026-10-28T00:03:07.000Z"],
    // The plus sign of a URL that was not encoded.
    ["2026-10-28 02:03:07.5 00:00", "2026-10-28T02:03:07.500Z"],
  ])("are read from %s", (text, expected) => {
    expect(new Date(parseTime(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each(["yesterday", "", "2026-13-40", "20261028"])("are not read from %j", (text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe("durations", () => {
  it("are cut to seconds, and their hours go on beyond a day", () => {
    // The recorded run: created 10:32:24.326, started 10:34:01.983, finished 10:34:14.435.
    expect(clockDuration(110_109)).toBe("00:01:50");
    expect(clockDuration(97_657)).toBe("00:01:37");
    expect(clockDuration(12_452)).toBe("00:00:12");
    expect(clockDuration(86_436_400)).toBe("24:00:36");
    expect(clockDuration(0)).toBe("00:00:00");
  });

  it("are said in two words", () => {
    expect(wordDuration(110_109)).toBe("1 minute, 50 seconds");
    expect(wordDuration(3_600_000)).toBe("1 hour");
    expect(wordDuration(400)).toBe("0 minutes");
    expect(wordTime(1_000, 62_000)).toBe("1 minute, 1 second ago");
    expect(wordTime(null, 62_000)).toBe("0 minutes from now");
  });
});
