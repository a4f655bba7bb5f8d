/** What the page on anomalies says of the rule, held against the rule. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ANOMALY } from "../src/core/anomalies.ts";
import { CHANGE } from "../src/core/change-point.ts";
import { Cause } from "../src/core/trend-answers.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../docs/anomalies.md"), "utf8");

describe("docs/anomalies.md", () => {
  it("has every parameter with its value", () => {
    const rows = [...PAGE.matchAll(/^\| `(\w+)` \| ([\d.]+) \| .+ \|$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    expect(rows).toEqual(Object.entries(ANOMALY));
  });

  it("has the numbers of a change of level", () => {
    for (const part of [
      `at least ${CHANGE.fewest} values`,
      `${CHANGE.ratio} times and ${ANOMALY.seconds} s apart`,
      `at least ${CHANGE.score} standard errors`,
      `At most ${CHANGE.most} values`,
    ])
      expect(PAGE).toContain(part);
  });

  it("explains every kind of change", () => {
    for (const what of Cause.shape.what.options) expect(PAGE).toMatch(new RegExp(`^\\| .*\`${what}\``, "m"));
  });
});
