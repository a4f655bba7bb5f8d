import { describe, expect, it } from "vitest";
import { age, ago, counted, day, duration, fitted, moment, shortName } from "../../src/page/words.ts";

describe("durations", () => {
  it.each([
    [null, "–"],
    [0, "0s"],
    [0.0384, "0.038s"],
    [0.099, "0.099s"],
    [0.4349, "0.43s"],
    [0.999, "1s"],
    [2.977, "3s"],
    [12.44, "12.4s"],
    [59.94, "59.9s"],
    [59.96, "1m 00s"],
    [185, "3m 05s"],
    [3599.4, "59m 59s"],
    [3600, "1h 00m"],
    [7199, "2h 00m"],
    [90_000, "25h 00m"],
  ])("of %s seconds are %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe("ages", () => {
  it.each([
    [0, "under a minute"],
    [59, "under a minute"],
    [60, "1m"],
    [3600, "1h"],
    [7800, "2h 10m"],
    [379_800, "4d 9h"],
    [86_400, "1d"],
  ])("of %s seconds are %s", (seconds, text) => {
    expect(age(seconds)).toBe(text);
  });

  it("are counted from the time of the answer", () => {
    expect(ago("2026-11-13T22:00:00Z", "2026-11-18T07:30:00Z")).toBe("4d 9h ago");
    expect(ago("2026-11-18T07:29:30Z", "2026-11-18T07:30:00Z")).toBe("just now");
    expect(ago("2026-11-18T08:00:00Z", "2026-11-18T07:30:00Z")).toBe("just now");
  });
});

describe("times", () => {
  it("are UTC, wherever the browser is", () => {
    expect(moment("2026-11-10T02:04:49.143Z")).toBe("10 Nov, 02:04");
    expect(day("2026-11-09T23:59:00Z")).toBe("9 Nov");
  });
});

describe("names", () => {
  it("lose the project that goes without saying, and no other", () => {
    expect(shortName("shop.orders", "shop")).toBe("orders");
    expect(shortName("shop2.orders", "shop")).toBe("shop2.orders");
    expect(shortName("shop.orders", undefined)).toBe("shop.orders");
  });

  it("are shortened in the middle", () => {
    expect(fitted("stg_orders", 10)).toBe("stg_orders");
    expect(fitted("stg_workshop__ticket_parts", 11)).toBe("stg_w…parts");
    expect(fitted("stg_workshop__ticket_parts", 11)).toHaveLength(11);
  });

  it("are counted", () => {
    expect([counted(0, "model"), counted(1, "model"), counted(1200, "run")]).toEqual([
      "0 models",
      "1 model",
      "1,200 runs",
    ]);
  });
});
