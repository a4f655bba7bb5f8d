import { expect, it } from "vitest";
import { mostAtOnce, threadUse } from "../../src/core/thread-use.ts";

/** Pieces of work `started-ended`. */
const work = (...spans: string[]) =>
  spans.map((span) => {
    const [started, ended] = span.split("-").map(Number);
    return { started: started ?? 0, ended: ended ?? 0 };
  });

it("says how many were at work on average, at most, alone and not at all", () => {
  // Two from 0 to 2, one from 2 to 6, none from 6 to 8, one from 8 to 10.
  expect(threadUse(work("0-2", "0-6", "8-10"))).toEqual({
    span_s: 10,
    average: 1,
    max: 2,
    one_share: 0.6,
    idle_share: 0.2,
  });
});

it("does not count what ends as beside what begins just then", () => {
  expect(mostAtOnce(work("0-2", "2-4", "4-6"))).toBe(1);
  expect(threadUse(work("0-2", "2-4"))).toMatchObject({ average: 1, one_share: 1, idle_share: 0 });
});

it("stands what took no time", () => {
  expect(threadUse(work("0-4", "1-1", "1-1"))).toMatchObject({ span_s: 4, average: 1, max: 1 });
  expect(threadUse(work("3-3"))).toBeNull();
});

it("is nothing of nothing", () => {
  expect(threadUse([])).toBeNull();
  expect(mostAtOnce([])).toBe(0);
});
