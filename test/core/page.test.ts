import { describe, expect, it } from "vitest";
import { List, paging } from "../../src/core/page.ts";

const question = { name: "list_models", tags: ["finance"] };

describe("paging", () => {
  it("goes on where the page before ended, with a limit of its own", () => {
    const first = paging(question, { limit: 10 }, 20, "g1");
    const second = paging(question, { cursor: first.cursorAt(10) }, 20, "g1");
    expect([second.offset, second.limit, second.note]).toEqual([10, 20, null]);
  });

  it("says so when the facts have changed meanwhile", () => {
    const cursor = paging(question, {}, 20, "g1").cursorAt(20);
    expect(paging(question, { cursor }, 20, "g2").note).toContain("changed");
  });

  it("refuses a cursor of another question", () => {
    const cursor = paging(question, {}, 20, "g1").cursorAt(20);
    expect(() => paging({ ...question, tags: ["ops"] }, { cursor }, 20, "g1")).toThrow("another question");
  });

  it.each([
    "",
    "x",
    "%%%",
    Buffer.from("[1]").toString("base64url"),
    Buffer.from('{"q":"a","o":-1,"g":"g"}').toString("base64url"),
  ])("refuses %j as a cursor", (cursor) => {
    expect(() => paging(question, { cursor }, 20, "g1")).toThrow("cannot be read");
  });
});

describe("List", () => {
  const list = new List([{ toJSON: () => ({ a: 1 }) }], {
    total: 3,
    hasMore: true,
    nextCursor: "c",
    source: { systems: ["artifacts"], as_of: null, complete: true, notes: [] },
  });

  it("is an array whose JSON is the envelope", () => {
    expect(Array.isArray(list)).toBe(true);
    expect(JSON.parse(JSON.stringify(list))).toEqual({
      items: [{ a: 1 }],
      returned: 1,
      total: 3,
      has_more: true,
      next_cursor: "c",
      source: { systems: ["artifacts"], as_of: null, complete: true, notes: [] },
    });
  });

  it("gives plain arrays where it is mapped or filtered", () => {
    expect(list.map(() => 1)).toEqual([1]);
    expect(list.filter(() => true)).not.toBeInstanceOf(List);
  });
});
