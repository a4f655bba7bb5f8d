import { describe, expect, it } from "vitest";
import { stdioFlags } from "../../src/frontends/stdio-arguments.ts";

const flags = (line: string, isTerminal = false) =>
  stdioFlags(line === "" ? [] : line.split(" "), isTerminal);

describe("a command line that asks for the server on stdio", () => {
  it("is mcp, with its flags before or after", () => {
    const expected = { config: "c", artifacts: ["a", "b"], demo: true };
    expect(flags("mcp --config c --artifacts a --artifacts b --demo", true)).toEqual(expected);
    expect(flags("--config c --artifacts a --artifacts b --demo mcp", true)).toEqual(expected);
  });

  it("is no command at all, where no person sits at a terminal", () => {
    expect(flags("")).toEqual({});
    expect(flags("--demo --store :memory:")).toEqual({ demo: true, store: ":memory:" });
    expect(flags("", true)).toBeNull();
  });

  it.each([
    "--help",
    "list-runs",
    "mcp extra",
    "mcp --unknown",
    "serve --port 1",
    "list-runs --json",
  ])("is not %s", (line) => {
    expect(flags(line)).toBeNull();
  });
});
