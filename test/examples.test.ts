import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { EXIT_UNHEALTHY } from "../src/frontends/cli/operation-command.ts";
import { ARTIFACTS, DEMO_NOW } from "./demo.ts";

const folder = join(import.meta.dirname, "../examples");

interface Example {
  main(artifacts: string, print: (line: string) => void, choice?: string): Promise<unknown>;
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
  "health.ts": [
    /^17 of 25 models are healthy\.$/,
    /^pedal_harbour\.fct_payments is critical: test unique_fct_payments_provider_ref fails \(80 rows\)$/,
    /^pedal_harbour\.mart_month_close is blocked: skipped because pedal_harbour\.fct_payments failed upstream$/,
    /^unique_fct_payments_provider_ref on pedal_harbour\.fct_payments: 80 rows, since 2026-11-17T02:06/,
    /^workshop\.tickets is stale: newest row 2026-11-13T22:00:00\.000Z, 106 hours old$/,
  ],
  "impact.ts": [
    /^2 above mart_month_close: pedal_harbour\.fct_payments, test unique_fct_payments_provider_ref fails/,
    /^2 models are affected, held up: pedal_harbour\.fct_revenue_daily, pedal_harbour\.mart_month_close$/,
    /^Tell Finance team: finance_dashboard$/,
  ],
  "sql.ts": [
    /^owner: ops, eu: [\d.]+ s for 40 builds of 5 models since 2026-11-11$/,
    /^finance: [\d.]+ s for 28 builds of 4 models since 2026-11-11$/,
  ],
  "performance.ts": [
    /^dbt build --target prod: 7 runs in 7 days, 71 % without a failure$/,
    /^5\.198 s since 2026-11-10T02:04:43\.338Z, 3\.87 s before; what changed then:$/,
    /^- code pedal_harbour\.fct_station_occupancy$/,
    /^pedal_harbour\.fct_station_occupancy costs the last run 2\.758 of its 5\.726 s$/,
  ],
  "alerts.ts": [
    /^critical: unique_fct_payments_provider_ref, .* fails \(80 rows\), since 2026-11-17T02:06.*, 3 models affected$/,
    /^critical: workshop\.tickets, source is stale: /,
  ],
};

/** Runs an example as somebody does on the demo's last morning. */
async function run(file: string, artifacts: string = ARTIFACTS, ...choice: string[]) {
  const example: Example = await import(join(folder, file));
  const lines: string[] = [];
  const result = await example.main(artifacts, (line) => lines.push(line), ...choice);
  return { lines, result };
}

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(DEMO_NOW) });
});
afterAll(() => {
  vi.useRealTimers();
});

describe("examples", () => {
  it("are all run here", () => {
    expect(
      readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .sort(),
    ).toEqual(Object.keys(EXPECTED).sort());
  });

  it.each(Object.entries(EXPECTED))("%s prints what it promises", async (file, patterns) => {
    const { lines } = await run(file);
    for (const pattern of patterns) expect(lines.join("\n")).toMatch(new RegExp(pattern.source, "m"));
  });

  it("alerts.ts gives the exit code of the command line, by the severity asked for", async () => {
    expect((await run("alerts.ts")).result).toBe(EXIT_UNHEALTHY);
    // In the first night a test warned, and nothing was worse.
    const first = join(ARTIFACTS, "2026-10-20T020630Z-nightly");
    expect(await run("alerts.ts", first)).toEqual({ lines: [], result: 0 });
    const { lines, result } = await run("alerts.ts", first, "warning");
    expect(result).toBe(EXIT_UNHEALTHY);
    expect(lines).toEqual([expect.stringMatching(/^warning: trips_longer_than_a_day, /)]);
  });
});
