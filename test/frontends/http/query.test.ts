import { describe, expect, it } from "vitest";
import { readQuery } from "../../../src/frontends/http/query.ts";
import { events, listRows } from "../fake.ts";

function read(query: string, operation = listRows): Record<string, unknown> {
  return readQuery(operation, new URLSearchParams(query));
}

describe("the query of an address", () => {
  it("is read as what the operation takes", () => {
    expect(read("limit=3&min_runtime=1.5&refresh=true&include_or_exclude=exclude&cursor=12")).toEqual({
      limit: 3,
      min_runtime: 1.5,
      refresh: true,
      include_or_exclude: "exclude",
      cursor: "12",
    });
    expect(read("refresh=false&min_runtime=2e3")).toEqual({ refresh: false, min_runtime: 2000 });
  });

  it("has lists by repeating, and closed ones also by commas", () => {
    expect(read("tags=owner:%20ops,%20eu&tags=finance")).toEqual({ tags: ["owner: ops, eu", "finance"] });
    expect(read("status=success,failure")).toEqual({ status: ["success", "failure"] });
    expect(read("status=success&status=failure")).toEqual({ status: ["success", "failure"] });
    expect(read("event_type=A,%20B&event_type=C", events)).toEqual({ event_type: ["A", "B", "C"] });
    expect(read("tags=one")).toEqual({ tags: ["one"] });
  });

  it("reads + and %20 as a space, and letters of any script", () => {
    expect(read("tags=a+b&tags=c%20d&tags=%C3%BC")).toEqual({ tags: ["a b", "c d", "ü"] });
  });

  it.each([
    "",
    " 3",
    "0x10",
    "1_000",
    "three",
    "Infinity",
    "NaN",
    "1e999",
    "--3",
    "3.",
    "١",
  ])("leaves %j, which is no number, to be refused by the operation", (word) => {
    expect(read(`limit=${encodeURIComponent(word)}`)).toEqual({ limit: word });
  });

  it.each(["", "1", "yes", "TRUE", "null"])("leaves %j, which is no boolean, to be refused", (word) => {
    expect(read(`refresh=${word}`)).toEqual({ refresh: word });
  });

  it("refuses what is given twice and is no list", () => {
    expect(() => read("limit=1&limit=2")).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: "limit is given 2 times." }),
    );
  });

  it("hands on what the operation does not know, whatever it is called", () => {
    const input = read("__proto__=1&constructor=2&toString=3&bogus=4&bogus=5");
    expect(Object.keys(input)).toEqual(["__proto__", "constructor", "toString", "bogus"]);
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
  });
});
