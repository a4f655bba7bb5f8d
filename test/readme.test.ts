import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Demo, openDemo } from "./demo.ts";

const text = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
/** Without line breaks, quotation marks of Markdown and emphasis. */
const plain = text.replaceAll(/\n>?\s*/g, " ").replaceAll("**", "");

describe("the README's exchange", () => {
  let demo: Demo;
  beforeAll(() => {
    demo = openDemo();
  });
  afterAll(() => demo.close());

  it("is what the demo data answers", async () => {
    const dashboard = await demo.ask("health_dashboard");
    const [first, second] = Array.isArray(dashboard.see_to_first) ? dashboard.see_to_first : [];
    expect(plain).toContain(first);
    expect(plain).toContain(second);
    expect(dashboard.models).toMatchObject({ total: 25, critical: 1, blocked: 2, warning: 5, healthy: 17 });
    expect(dashboard.tests).toMatchObject({ total: 66, pass: 58, warn: 2, fail: 1, skipped: 5 });
    const run = await demo.ask("get_run", { run_id: "latest", job_id: "nightly" });
    expect(run.failures).toMatchObject([
      { message: "Got 80 results, configured to fail if != 0", blocked_count: 2 },
    ]);
    expect(run.runtime_s).toBeCloseTo(5.7, 1);
    expect(run.compared_to_usual).toMatchObject({
      runs_compared: 10,
      usual_runtime_s: expect.closeTo(5.2, 1),
      slower_models: [
        { model_id: "pedal_harbour.fct_station_occupancy", usual_runtime_s: expect.closeTo(2.4, 1) },
      ],
    });
  });
});

it("names only scripts that package.json has", () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map((match) => match[1] ?? "");
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});
