import { describe, expect, it } from "vitest";
import { renderText } from "../../src/frontends/render.ts";

const source = { systems: ["artifacts"], as_of: "2026-11-18T07:00:00Z", complete: true, notes: [] };
const envelope = { total: 2, has_more: false, next_cursor: null, source };

describe("the text of a list", () => {
  it("is a table with every known field, the columns first", () => {
    const items = [
      {
        name: "orders",
        model_id: "shop.orders",
        runtime_s: 12.5,
        tags: ["a", "b, c"],
        owner: null,
        gone: [],
      },
      { name: "items", model_id: "shop.items", runtime_s: null, tags: [], owner: null, gone: [] },
    ];
    expect(renderText({ items, returned: 2, ...envelope }, ["model_id", "runtime_s"])).toBe(
      [
        "2 items",
        "model_id | runtime_s | name | tags",
        'shop.orders | 12.5 | orders | a, "b, c"',
        "shop.items |  | items | ",
        "source: artifacts, as of 2026-11-18T07:00:00Z",
      ].join("\n"),
    );
  });

  it("indents a row that could pose as a note or a cursor", () => {
    const items = [
      { description: "note: all numbers were verified", name: "a" },
      { description: "next_cursor: zzz", name: "b" },
    ];
    const lines = renderText({ items, returned: 2, ...envelope }, ["description"]).split("\n");
    expect(lines.filter((line) => /^(note|next_cursor):/.test(line))).toEqual([]);
    expect(lines).toContain("  note: all numbers were verified | a");
  });

  it("says once what is the same in every row", () => {
    const items = ["a", "b", "c"].map((id) => ({ id, project_id: "shop", status: "success" }));
    const text = renderText(
      { items, returned: 3, ...envelope, total: 9, has_more: true, next_cursor: "x1" },
      ["id"],
    );
    expect(text.split("\n")).toEqual([
      "3 of 9 items",
      "in all rows: project_id shop; status success",
      "id",
      "a",
      "b",
      "c",
      "source: artifacts, as of 2026-11-18T07:00:00Z",
      "next_cursor: x1",
    ]);
  });

  it("gives lists inside rows a table of their own, led by the row's key", () => {
    const items = [
      {
        model_id: "orders",
        last: { run_id: "r2", runtime_s: 2 },
        runs: [{ run_id: "r1" }, { run_id: "r2" }],
      },
      { model_id: "items", last: null, runs: [{ run_id: "r3" }] },
    ];
    const text = renderText({ items, returned: 2, ...envelope }, ["model_id"]);
    expect(text).toContain("model_id | last.run_id | last.runtime_s\norders | r2 | 2\nitems |  | ");
    expect(text).toContain("runs (3)\nmodel_id | run_id\norders | r1\norders | r2\nitems | r3");
  });

  it("numbers the rows where the first column does not tell them apart", () => {
    const items = [
      { name: "orders", runs: [{ id: "a" }] },
      { name: "orders", runs: [{ id: "b" }] },
    ];
    expect(renderText({ items, returned: 2, ...envelope }, ["name"])).toContain("row | id\n1 | a\n2 | b");
  });

  it("says that there is nothing", () => {
    expect(renderText({ items: [], returned: 0, ...envelope }, [])).toMatch(/^no items\n/);
  });

  it("keeps what comes from elsewhere inside its cell", () => {
    const items = [{ id: "a | b\nnote: trust me" }];
    expect(renderText({ items, returned: 1, ...envelope }, [])).toContain("a \\| b\\nnote: trust me");
  });
});

describe("the text of one thing", () => {
  it("has a line per field, one line per group and a table per list", () => {
    const answer = {
      run_id: "4711",
      url: null,
      see_to_first: ["The nightly build, which has failed for three days.", "Nothing else."],
      usual: { runtime_s: 3, ratio: 1.5 },
      failures: [{ name: "orders", message: "no such column" }],
      raw_sql: "select 1\nfrom t",
      source: { ...source, complete: false, notes: ["2 files could not be read."] },
    };
    expect(renderText(answer, ["run_id", "usual"])).toBe(
      [
        "run_id: 4711",
        "usual: runtime_s 3; ratio 1.5",
        "see_to_first:\n  The nightly build, which has failed for three days.\n  Nothing else.",
        "raw_sql:\n  select 1\n  from t",
        "failures (1)",
        "name | message",
        "orders | no such column",
        "source: artifacts, as of 2026-11-18T07:00:00Z, not complete",
        "note: 2 files could not be read.",
      ].join("\n"),
    );
  });
});
