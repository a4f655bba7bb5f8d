import { describe, expect, it } from "vitest";
import { createLog, type LogOptions } from "../src/log.ts";

function written(options: LogOptions): { lines: string[]; log: ReturnType<typeof createLog> } {
  const lines: string[] = [];
  return { lines, log: createLog({ ...options, write: (line) => lines.push(line) }) };
}

describe("the log", () => {
  it("is one line of text an event, with what stands beside it", () => {
    const { lines, log } = written({ level: "INFO" });
    log.info("http", { path: "/mcp", status: 200, who: null });
    log.warning("two\nlines");
    log.debug("unheard");
    expect(lines).toEqual([
      "runlens INFO http path=/mcp status=200 who=-\n",
      "runlens WARNING two\n  lines\n",
    ]);
  });

  it("is one object a line as JSON, with its time and the work at hand", () => {
    const now = () => Date.parse("2026-11-18T07:30:00Z");
    const { lines, log } = written({ format: "json", now, context: () => ({ request_id: "1a2b3c4d" }) });
    log.error("two\nlines", { status: 500 });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "2026-11-18T07:30:00.000Z",
      level: "ERROR",
      message: "two\nlines",
      request_id: "1a2b3c4d",
      status: 500,
    });
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
  });
});
