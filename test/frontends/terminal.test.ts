import { describe, expect, it } from "vitest";
import { humanSeconds, terminalText } from "../../src/frontends/cli/terminal.ts";

describe("durations", () => {
  it.each([
    [0, "0s"],
    [0.427, "0.43s"],
    [9.996, "10s"],
    [12.34, "12.3s"],
    [59.96, "1m 00s"],
    [761.3, "12m 41s"],
    [3599.6, "1h 00m"],
    [11_100, "3h 05m"],
    [186_000, "2d 03h"],
    [-75, "-1m 15s"],
  ])("%d reads %s", (seconds, text) => {
    expect(humanSeconds(seconds)).toBe(text);
  });
});

describe("one thing at a terminal", () => {
  it("shows the chosen fields in order, counts on one line, long lists below each other", async () => {
    const answer = {
      name: "orders",
      hidden: "x",
      see_to_first: ["the first thing, which takes more than half of a line", "the second"],
      tests: { total: 4, pass: 4, fail: 0 },
      url: null,
      source: { systems: ["artifacts"], as_of: null, complete: false, notes: ["A file is missing."] },
    };
    expect(await terminalText(answer, { columns: ["tests", "see_to_first", "url", "name"] })).toBe(
      [
        "Tests: total 4, pass 4",
        "See to first:",
        "  the first thing, which takes more than half of a line",
        "  the second",
        "Name: orders",
        "",
        "This answer is not complete.",
        "Note: A file is missing.",
      ].join("\n"),
    );
  });
});
