import { describe, expect, test } from "vitest";
import type { SourceRef } from "../../src/store/units.ts";
import { LoadRows } from "./rows.ts";
import { askList, publish, testStore } from "./stores.ts";

const CLOUD: SourceRef = { id: "dbt-cloud example.com 1", system: "dbt-cloud" };
const FILES: SourceRef = { id: "artifacts /data", system: "artifacts" };

/** The same invocation seen by both, and one more that only the files have. */
function rows(): LoadRows {
  const loaded = new LoadRows();
  for (const source of [CLOUD, FILES]) {
    loaded.definitions({ source, nodes: [{ unique_id: "model.shop.a", checksum: "x" }] });
    loaded.invocation({
      source,
      run: { run_id: `run of ${source.system}` },
      executions: [{ node: "model.shop.a", thread: source.system }],
    });
    loaded.invocation({
      source,
      run: { run_id: `run of ${source.system}` },
      invocation: { kind: "freshness" },
      freshness: [{ node: "source.shop.raw.t", raw_status: source.system }],
    });
  }
  const invocation = { invocation_id: "i2" };
  return loaded.invocation({
    source: FILES,
    invocation,
    executions: [{ node: "model.shop.a", thread: "only" }],
  });
}

describe.each([
  ["in files", undefined],
  ["in memory", ":memory:"],
])("a store %s", (_, address) => {
  const at = address === undefined ? {} : { address };

  test("counts an invocation that two sources saw once, by the order of the sources", async () => {
    const cloudFirst = await testStore({ ...at, sourceIds: [CLOUD.id, FILES.id] });
    await publish(cloudFirst, rows());
    expect(await askList(cloudFirst, "SELECT thread FROM executions ORDER BY 1")).toEqual([
      "dbt-cloud",
      "only",
    ]);
    expect(await askList(cloudFirst, "SELECT raw_status FROM freshness")).toEqual(["dbt-cloud"]);
    expect(await askList(cloudFirst, "SELECT kind FROM invocations ORDER BY 1")).toEqual([
      "freshness",
      "results",
      "results",
    ]);
    expect(await askList(cloudFirst, "SELECT run_id FROM runs ORDER BY 1")).toEqual([
      "run of dbt-cloud",
      "run-i2",
    ]);
    const filesFirst = await testStore({ ...at, sourceIds: [FILES.id, CLOUD.id] });
    if (address !== undefined) await publish(filesFirst, rows());
    else {
      const reopened = await testStore({
        address: cloudFirst.state.location,
        sourceIds: [FILES.id, CLOUD.id],
      });
      expect(await askList(reopened, "SELECT thread FROM executions ORDER BY 1")).toEqual([
        "artifacts",
        "only",
      ]);
      return;
    }
    expect(await askList(filesFirst, "SELECT thread FROM executions ORDER BY 1")).toEqual([
      "artifacts",
      "only",
    ]);
  });

  test("shows only what the configured sources brought", async () => {
    const store = await testStore({ ...at, sourceIds: [CLOUD.id] });
    await publish(store, rows().ledger({ scope: "x", source: FILES }).ledger({ scope: "y", source: CLOUD }));
    for (const table of [
      "sources",
      "projects",
      "environments",
      "jobs",
      "runs",
      "definitions",
      "node_versions",
    ]) {
      expect({ [table]: await askList(store, `SELECT count(*) FROM ${table}`) }).toEqual({ [table]: [1] });
    }
    expect(await askList(store, "SELECT thread FROM executions")).toEqual(["dbt-cloud"]);
    expect(await askList(store, "SELECT scope FROM ledger")).toEqual(["y"]);
  });
});

test("a store of which no source is configured seems empty", async () => {
  const store = await testStore({ sourceIds: [] });
  await publish(store, rows());
  expect(await askList(store, "SELECT count(*) FROM executions")).toEqual([0]);
});
