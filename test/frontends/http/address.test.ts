import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { addressOf, curlCommand } from "../../../src/frontends/http/address.ts";
import querySql from "../../../tools/query-sql.ts";
import { events, getRow, listRows } from "../fake.ts";

describe("the address of a question", () => {
  it("has in its path what the path names, and the rest in the query", () => {
    const input = { run_id: "raw/berths & co", level: "ERROR", event_type: ["A", "B"], limit: 3 };
    expect(addressOf(events, input)).toEqual({
      method: "GET",
      path: "/api/v1/runs/raw%2Fberths%20%26%20co/events?level=ERROR&event_type=A&event_type=B&limit=3",
      body: null,
    });
    expect(addressOf(getRow, { row_id: "7" }).path).toBe("/api/v1/rows/7");
    expect(addressOf(listRows, {}).path).toBe("/api/v1/rows");
  });

  it("has all of it in the body where it is sent by POST", () => {
    const input = { sql: "SELECT 1", params: ["a"] };
    expect(addressOf(querySql, input)).toEqual({
      method: "POST",
      path: "/api/v1/sql",
      body: JSON.stringify(input),
    });
  });
});

describe("the command that asks it", () => {
  /** The words that a shell makes of it. */
  const words = (command: string) =>
    execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\n'")], { encoding: "utf8" }).split("\n");

  it("is what a shell takes, whatever is asked", () => {
    const sql = `SELECT '$HOME', "a" -- it's \`here\``;
    expect(words(curlCommand(querySql, { sql }, "http://x"))).toEqual([
      "http://x/api/v1/sql",
      "-H",
      "Content-Type: application/json",
      "-d",
      JSON.stringify({ sql }),
      "",
    ]);
    const input = { row_id: "it's $(here)" };
    expect(words(curlCommand(getRow, input, "http://x"))).toEqual([
      `http://x${addressOf(getRow, input).path}`,
      "",
    ]);
  });
});
