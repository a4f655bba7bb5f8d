import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ARTIFACTS } from "./demo.ts";

const folder = join(import.meta.dirname, "../examples");

interface Example {
  main(artifacts: string, print: (line: string) => void): Promise<void>;
}

/** What each example has to print of the demo data, at least. */
const EXPECTED: Record<string, RegExp[]> = {
  "slowest-models.ts": [/^pedal_harbour\.\w+: [\d.]+ s on average of 10 runs/, /^as of 20/],
  "what-failed.ts": [/failed at 2026-/, /^(test|model|source) \w+: /],
  "jobs-and-models.ts": [
    /^pedal_harbour on duckdb: \d+ models/,
    /: ([\d.]+ s, ){2}[\d.]+ s$/,
    /sources (pass|warn|error)$/,
    /^NOT_FOUND/,
  ],
};

describe("examples", () => {
  it("are all run here", () => {
    expect(
      readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .sort(),
    ).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))("%s prints what it promises", async (file, patterns) => {
    const example: Example = await import(join(folder, file));
    const lines: string[] = [];
    await example.main(ARTIFACTS, (line) => lines.push(line));
    for (const pattern of patterns) expect(lines.join("\n")).toMatch(new RegExp(pattern.source, "m"));
  });
});
