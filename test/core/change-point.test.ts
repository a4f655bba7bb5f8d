/** Since when a series is on another level, on series made to be just so. */
import { describe, expect, it } from "vitest";
import { changePoint } from "../../src/core/change-point.ts";

const times = (count: number, of: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i));
/** So many runs around a level, a twentieth away at most. */
const around = (level: number, count: number): number[] =>
  times(count, (index) => level * (1 + ((index * 7) % 11) / 110 - 0.05));

describe("the level of a series", () => {
  it("has gone up where both sides say so", () => {
    expect(changePoint([...around(100, 20), ...around(200, 9)])).toMatchObject({
      index: 20,
      before_s: expect.closeTo(100, -1),
      after_s: expect.closeTo(200, -1),
      runs_before: 20,
      runs_after: 9,
      ratio: expect.closeTo(2, 0),
      pattern: "step",
    });
  });

  it("may have gone down", () => {
    expect(changePoint([...around(200, 12), ...around(60, 12)])).toMatchObject({
      index: 12,
      ratio: expect.closeTo(0.3, 1),
    });
  });

  it("needs five runs on each side", () => {
    expect(changePoint([...around(100, 4), ...around(300, 20)])).toBeNull();
    expect(changePoint([...around(100, 20), ...around(300, 4)])).toBeNull();
    expect(changePoint([...around(100, 5), ...around(300, 5)])?.index).toBe(5);
    expect(changePoint([])).toBeNull();
    expect(changePoint([1, 900])).toBeNull();
  });

  it("has to move by a quarter and by a second", () => {
    expect(changePoint([...around(100, 20), ...around(115, 20)])).toBeNull();
    expect(changePoint([...around(100, 20), ...around(135, 20)])?.index).toBe(20);
    expect(changePoint([...around(0.1, 20), ...around(0.9, 20)])).toBeNull();
  });

  it("stays where it was after slow runs that were few", () => {
    expect(changePoint([...around(100, 20), ...around(500, 4), ...around(100, 20)])).toBeNull();
    expect(changePoint([...around(100, 30), 900])).toBeNull();
  });

  it("has not changed for good where it went back", () => {
    const change = changePoint([...around(100, 20), ...around(300, 10), ...around(100, 20)]);
    expect(change).not.toMatchObject({ after_s: expect.closeTo(300, -1) });
  });

  it("is that of the last change where there were several", () => {
    expect(changePoint([...around(100, 20), ...around(200, 15), ...around(500, 10)])).toMatchObject({
      index: 35,
      before_s: expect.closeTo(200, -1),
      after_s: expect.closeTo(500, -1),
      runs_before: 15,
    });
  });

  it("does not change where nothing does, nor where all is noise", () => {
    expect(changePoint(times(60, () => 100))).toBeNull();
    expect(changePoint(times(60, () => 0))).toBeNull();
    expect(changePoint(times(60, (index) => 100 * Math.exp(0.4 * Math.sin(index * 12.9898))))).toBeNull();
    expect(changePoint(times(63, (index) => (index % 7 === 0 ? 300 : 100)))).toBeNull();
  });

  it("drifts where it goes up run by run", () => {
    expect(changePoint(times(60, (index) => 100 + 4 * index))).toMatchObject({
      pattern: "drift",
      ratio: expect.closeTo(1.6, 0),
    });
  });

  it("is looked for in the newest runs of a long series, in little time", () => {
    const change = changePoint([...times(5000, () => 1000), ...around(100, 480), ...around(300, 20)]);
    expect(change).toMatchObject({ index: 5480, runs_before: 480 });
  });
});
