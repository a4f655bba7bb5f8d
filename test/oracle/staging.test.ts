/** dbt writes the manifest when a run begins and the results when it ends; questions come in between. */
import { afterEach, expect, it } from "vitest";
import { type Demo, openArtifacts } from "../demo.ts";
import { manifest, model, newFolder, put, result, runResults } from "../sources/artifacts/support.ts";

const open: Demo[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((demo) => demo.close()));
});

/** What dbt leaves of one invocation in one environment. */
function files(id: string, at: string, target: string, models: readonly string[]) {
  const nodes = Object.assign({}, ...models.map((name) => model(name)));
  const results = models.map((name) => result({ unique_id: `model.shop.${name}`, execution_time: 1 }));
  return {
    manifest: manifest(nodes, { id, at }),
    results: runResults({ id, at, results, args: { which: "build", target } }),
  };
}

async function modelsOf(demo: Demo, environment: string): Promise<unknown[]> {
  const { items } = await demo.ask("list_models", { environment, refresh: true });
  return Array.isArray(items) ? items.map((item) => item.name) : [];
}

it("a staging run that is still going on does not change what production is made of", async () => {
  const folder = newFolder();
  const prod = files("i-prod", "2026-11-20T02:00:00Z", "prod", ["a", "b"]);
  const staging = files("i-staging", "2026-11-20T10:00:00Z", "staging", ["a", "feature_x"]);
  const before = files("i-before", "2026-11-19T10:00:00Z", "staging", ["a"]);
  for (const [name, one] of [
    ["prod", prod],
    ["before", before],
  ] as const) {
    put(folder, `${name}/manifest.json`, one.manifest);
    put(folder, `${name}/run_results.json`, one.results);
  }
  const demo = openArtifacts([folder], Date.parse("2026-11-20T12:00:00Z"));
  open.push(demo);
  expect(await modelsOf(demo, "prod")).toEqual(["a", "b"]);

  put(folder, "staging/manifest.json", staging.manifest);
  expect(await modelsOf(demo, "prod")).toEqual(["a", "b"]);

  put(folder, "staging/run_results.json", staging.results);
  expect(await modelsOf(demo, "prod")).toEqual(["a", "b"]);
  expect(await modelsOf(demo, "staging")).toEqual(["a", "feature_x"]);
});
