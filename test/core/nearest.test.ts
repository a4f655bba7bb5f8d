import { expect, it } from "vitest";
import { duration } from "../../src/core/alerts.ts";
import { nearest } from "../../src/core/nearest.ts";

it("offers the names that look most alike, in any case", () => {
  expect(nearest("Stg_Order", ["stg_orders", "stg_customers", "dim_dates"])[0]).toBe("stg_orders");
});

it("offers nothing where nothing is alike", () => {
  expect(nearest("zzzz", ["stg_orders"])).toEqual([]);
});

it.each([
  [4.24, "4.2s"],
  [61, "1m 1s"],
  [761, "12m 41s"],
  [3600, "1h"],
  [273_600, "3d 4h"],
])("says %d seconds as %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
