/** The API over what real dbt wrote: the facts that demo/README.md tells. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { artifactsWorld } from "../artifacts.ts";
import { get } from "./support.ts";

const world = artifactsWorld(join(import.meta.dirname, "../../../../demo/artifacts"));
const options = { now: () => Date.UTC(2026, 10, 18, 7, 30) };
const production = world.environments.find(({ deploymentType }) => deploymentType === "production")?.id;
const nightly = world.jobs.find(({ name }) => name === "Nightly build")?.id;

async function applied(what: string): Promise<unknown> {
  const query = `{ environment(id: ${production}) { applied { ${what} } } }`;
  return get(world, "environment.applied", query, {}, options);
}

describe("on the last morning", () => {
  test("finance reads figures that were built on 11-16", async () => {
    const info = "executionInfo { lastRunStatus lastRunGeneratedAt executeCompletedAt }";
    expect(
      await applied(
        `models(filter: { uniqueIds: ["model.pedal_harbour.fct_revenue_daily"] }) { edges { node { ${info} } } }`,
      ),
    ).toEqual({
      models: {
        edges: [
          {
            node: {
              executionInfo: {
                lastRunStatus: "skipped",
                lastRunGeneratedAt: expect.stringMatching(/^2026-11-18T02:/),
                executeCompletedAt: expect.stringMatching(/^2026-11-16T02:/),
              },
            },
          },
        ],
      },
    });
  });

  test("one test fails, by 80 rows, and two warn", async () => {
    const fields = "{ edges { node { name executionInfo { lastRunFailures } } } }";
    expect(
      await applied(
        `failed: tests(filter: { status: "fail" }) ${fields} warned: tests(filter: { status: "warn" }) { totalCount }`,
      ),
    ).toEqual({
      failed: {
        edges: [
          { node: { name: "unique_fct_payments_provider_ref", executionInfo: { lastRunFailures: 80 } } },
        ],
      },
      warned: { totalCount: 2 },
    });
  });

  test("the workshop is silent, and the rest is fresh", async () => {
    const of = (status: string) =>
      `${status}: sources(filter: { freshnessStatus: ${status} }) { totalCount }`;
    expect(
      await applied(
        `${of("Pass")} ${of("Warn")} ${of("Error")} unchecked: sources(filter: { freshnessChecked: false }) { totalCount }`,
      ),
    ).toEqual({
      Pass: { totalCount: 3 },
      Warn: { totalCount: 0 },
      Error: { totalCount: 2 },
      unchecked: { totalCount: 2 },
    });
  });

  test("a model has a row for each night, newest first, with dbt's own times", async () => {
    const history = (await applied(
      'modelHistoricalRuns(uniqueId: "model.pedal_harbour.fct_trip_distances", lastRunCount: 100) { runGeneratedAt executionTime }',
    )) as { modelHistoricalRuns: { runGeneratedAt: string; executionTime: number }[] };
    const nights = history.modelHistoricalRuns;
    expect(nights).toHaveLength(31);
    expect(nights.map(({ runGeneratedAt }) => runGeneratedAt)).toEqual(
      nights
        .map(({ runGeneratedAt }) => runGeneratedAt)
        .sort()
        .reverse(),
    );
    expect(
      nights.find(({ runGeneratedAt }) => runGeneratedAt.startsWith("2026-11-09T10:"))?.executionTime,
    ).toBeCloseTo(8.85, 1);
    expect(nights.at(-1)?.executionTime).toBeCloseTo(3.41, 1);
  });

  test("the nightly build has a row for every model of the manifest, the ephemeral one too", async () => {
    const models = (await get(
      world,
      "job.models",
      `{ job(id: ${nightly}) { models { name status } } }`,
      {},
      options,
    )) as {
      name: string;
      status: string | null;
    }[];
    const count = (status: string | null) => models.filter((model) => model.status === status).length;
    expect([models.length, count("success"), count("skipped"), count(null)]).toEqual([25, 22, 2, 1]);
  });
});
