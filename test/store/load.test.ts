import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf } from "../../src/store/layout.ts";
import type { Published } from "../../src/store/port.ts";
import { TABLES } from "../../src/store/schema.ts";
import { LoadRows } from "./rows.ts";
import { ask, askList, publish, temporaryFolder, testStore } from "./stores.ts";

/** One of everything, no column left empty. */
function everything(): LoadRows {
  return new LoadRows()
    .definitions({
      project: {
        name: "The shop",
        adapter_type: "snowflake",
        url: "https://example.com/p",
        created_at: 1_600_000_000_000_000,
        updated_at: 1_600_000_000_000_000,
      },
      invocation_id: "i1",
      generated_at: "2024-05-01T02:58:59.123456Z",
      nodes: [
        {
          unique_id: "model.shop.orders",
          alias: "orders_v",
          version: "2",
          database_name: "db",
          schema_name: "marts",
          description: 'Orders, "all" of \'em',
          materialization: "table",
          tags: ["finance", "a,b", 'q"uote', "ünï"],
          owner: "finance team",
          path: "models/orders.sql",
          checksum: "c1",
        },
        {
          unique_id: "test.shop.unique_orders.0123456789",
          attached: "model.shop.orders",
          column_name: "id",
          test_type: "unique",
          severity: "warn",
        },
        {
          unique_id: "source.shop.raw.payments",
          source_name: "raw",
          warn_after_s: 3600,
          error_after_s: 7200.5,
        },
        { unique_id: "exposure.shop.board", url: "https://example.com/board" },
      ],
      edges: [
        ["source.shop.raw.payments", "model.shop.orders"],
        ["model.shop.orders", "test.shop.unique_orders.0123456789"],
      ],
    })
    .invocation({
      project: { name: "The shop", adapter_type: "snowflake", url: "https://example.com/p" },
      job: {
        job_id: "7",
        name: "Nightly",
        schedule: "0 3 * * *",
        commands: ["dbt build", "dbt test"],
        url: "u",
      },
      run: {
        run_id: "4711",
        derived: false,
        status: "failure",
        raw_status: "Error",
        queued_at: 1_714_532_300_000_000,
        started_at: 1_714_532_400_000_000,
        ended_at: 1_714_532_500_500_000,
        trigger: "schedule",
        commit_sha: "abc",
        branch: "main",
        url: "https://example.com/r",
        error_message: "boom",
      },
      invocation: { full_refresh: true, status: "failure", elapsed_s: 100.25 },
      executions: [
        {
          node: "model.shop.orders",
          status: "error",
          raw_status: "runtime error",
          thread: "Thread-1",
          message: "line one\nline two",
          partition: "2024-05-01",
          recorded_at: "2024-05-01T02:59:30Z",
          started_at: "2024-05-01T02:59:10Z",
          ended_at: "2024-05-01T02:59:30Z",
          runtime_s: 20.5,
          compile_s: 0.5,
          execute_s: 20,
          failures: 3,
          rows_affected: 12_345_678_901,
          bytes_processed: 9_007_199_254_740_000,
          attempt: 2,
        },
      ],
    })
    .invocation({
      invocation: { kind: "freshness", command: "source-freshness", builds: false, tests: false },
      job: {
        job_id: "7",
        name: "Nightly",
        schedule: "0 3 * * *",
        commands: ["dbt source freshness"],
        url: "u",
      },
      run: { run_id: "4711" },
      freshness: [
        {
          node: "source.shop.raw.payments",
          status: "warn",
          raw_status: "stale",
          message: "late",
          max_loaded_at: "2024-05-01T01:00:00Z",
          snapshotted_at: "2024-05-01T03:00:00Z",
          age_s: 7200,
          warn_after_s: 3600,
          error_after_s: 10800,
        },
      ],
    })
    .state({
      health: [
        {
          unique_id: "model.shop.orders",
          status: "critical",
          raw_status: "DEGRADED",
          reasons: ["late", "a check, or two"],
          reported_at: "2024-05-01T02:59:40Z",
        },
      ],
      freshness: [
        {
          unique_id: "model.shop.orders",
          status: "warn",
          raw_status: "WARNING",
          criterion: "built by 0 3 * * * UTC",
          message: "late",
          max_loaded_at: "2024-04-30T03:00:00Z",
          checked_at: "2024-05-01T03:00:00Z",
          warn_after_s: 3600,
          error_after_s: 7200,
        },
      ],
      conditions: [{ project_id: "shop", kind: "sensor", subject: "files", since: "2024-05-01T02:00:00Z" }],
    })
    .ledger({ scope: "runs:job 7", revision: "r1", watermark: "w1", complete: false, notes: ["one", "two"] });
}

test("every column that was loaded is read back", async () => {
  const store = await testStore();
  const { generation, added } = await publish(store, everything());
  expect(added).toEqual({ invocations: 2, definitions: 1, executions: 1 });

  const content: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const { name, columns } of TABLES) {
    const rows = await ask(store, `FROM ${name} ORDER BY ALL`);
    content[name] = rows;
    for (const { name: column } of columns) {
      if (rows.some((row) => row[column] !== null)) seen.add(`${name}.${column}`);
    }
  }
  const all = TABLES.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));
  expect(all.filter((column) => !seen.has(column))).toEqual([]);
  expect(content).toMatchSnapshot();
  const snapshot = await store.snapshot();
  expect(snapshot.generation).toBe(generation);
  snapshot.release();
});

test("loading the same again changes nothing and writes no new generation", async () => {
  const address = join(temporaryFolder(), "store");
  const store = await testStore({ address });
  const first = await publish(store, everything());
  const size = folderSize(address);
  const before = await everyRow(store);
  const second = await publish(store, everything());
  expect(second.generation).toBe(first.generation);
  expect(second.added).toEqual({ invocations: 0, definitions: 0, executions: 0 });
  expect(await everyRow(store)).toEqual(before);
  expect(folderSize(address)).toBe(size);
});

test("a store whose ledger alone is written again and again does not grow", async () => {
  const address = join(temporaryFolder(), "store");
  const store = await testStore({ address });
  const sizes: number[] = [];
  for (let day = 1; day <= 9; day++) {
    const published = await publish(
      store,
      everything().ledger({ scope: "x", synced_at: `2024-05-0${day}T00:00:00Z` }),
    );
    sizes.push(statSync(join(folderOf(address), `${published.generation}.duckdb`)).size);
  }
  expect(await askList(store, "SELECT count(*) FROM ledger")).toEqual([2]);
  expect(sizes.at(-1)).toBeLessThanOrEqual(Math.max(...sizes.slice(1, 4)));
});

test("a complete invocation takes the place of a partial one", async () => {
  const store = await testStore();
  const partial = { invocation: { complete: false }, executions: [{ node: "model.shop.a" }] };
  await publish(store, new LoadRows().invocation(partial));
  const complete = { executions: [{ node: "model.shop.a" }, { node: "model.shop.b" }] };
  const { added } = await publish(store, new LoadRows().invocation(complete));
  expect(added).toEqual({ invocations: 1, definitions: 0, executions: 2 });
  expect(await askList(store, "SELECT complete FROM invocations")).toEqual([true]);
  expect(
    await askList(store, "SELECT unique_id FROM executions JOIN nodes USING (node_key) ORDER BY ALL"),
  ).toEqual(["model.shop.a", "model.shop.b"]);
});

test("a partial invocation never takes the place of a complete one", async () => {
  const store = await testStore();
  const complete = { executions: [{ node: "model.shop.a" }, { node: "model.shop.b" }] };
  const first = await publish(store, new LoadRows().invocation(complete));
  const partial = { invocation: { complete: false }, executions: [{ node: "model.shop.c" }] };
  const second = await publish(store, new LoadRows().invocation(partial));
  expect(second).toEqual({
    generation: first.generation,
    added: { invocations: 0, definitions: 0, executions: 0 },
  });
  expect(await askList(store, "SELECT count(*) FROM executions")).toEqual([2]);
});

test("of two tellings in one load the complete one counts, and the later one of equals", async () => {
  const store = await testStore();
  const rows = new LoadRows()
    .invocation({ executions: [{ node: "model.shop.a", runtime_s: 1 }] })
    .invocation({ executions: [{ node: "model.shop.a", runtime_s: 2 }] })
    .invocation({ invocation: { complete: false }, executions: [{ node: "model.shop.a", runtime_s: 3 }] });
  expect((await publish(store, rows)).added).toEqual({ invocations: 1, definitions: 0, executions: 1 });
  expect(await askList(store, "SELECT runtime_s FROM executions")).toEqual([2]);
});

test("an invocation that comes again with other results is replaced whole", async () => {
  const store = await testStore();
  const one = (runtime_s: number) =>
    new LoadRows().invocation({
      executions: [{ node: "model.shop.a", runtime_s }, { node: `model.shop.n${runtime_s}` }],
    });
  await publish(store, one(1));
  await publish(
    store,
    new LoadRows().invocation({
      invocation: { invocation_id: "i2" },
      executions: [{ node: "model.shop.a" }],
    }),
  );
  const { added } = await publish(store, one(2));
  expect(added.invocations).toBe(0);
  expect(
    await ask(
      store,
      `SELECT invocation_id, unique_id, runtime_s FROM executions JOIN nodes USING (node_key)
       JOIN invocations USING (invocation_key) ORDER BY ALL`,
    ),
  ).toEqual([
    { invocation_id: "i1", unique_id: "model.shop.a", runtime_s: 2 },
    { invocation_id: "i1", unique_id: "model.shop.n2", runtime_s: null },
    { invocation_id: "i2", unique_id: "model.shop.a", runtime_s: null },
  ]);
});

test("a load of many thousand rows in batches of odd sizes arrives whole", async () => {
  const store = await testStore();
  const published = await store.load(async (load): Promise<Published> => {
    const rows = new LoadRows();
    for (const [index, size] of [1, 2047, 2048, 2049, 5000].entries()) {
      const executions = Array.from({ length: size }, (_, n) => ({ node: `model.shop.m${n}`, runtime_s: n }));
      await load.send(rows.invocation({ invocation: { invocation_id: `i${index}` }, executions }).batch());
    }
    return load.publish();
  });
  expect(published.added).toEqual({ invocations: 5, definitions: 0, executions: 11_145 });
  expect(
    await ask(
      store,
      `SELECT count(*) AS rows, count(DISTINCT (invocation_key, node_key)) AS pairs,
         sum(CASE WHEN name = 'm' || CAST(runtime_s AS INTEGER) THEN 1 ELSE 0 END) AS matching
       FROM executions JOIN nodes USING (node_key)`,
    ),
  ).toEqual([{ rows: 11_145, pairs: 11_145, matching: 11_145 }]);
});

test("a load may publish several times, its words beginning anew", async () => {
  const store = await testStore();
  const generations = await store.load(async (load) => {
    const rows = new LoadRows();
    await load.send(rows.invocation({ executions: [{ node: "model.shop.a" }] }).batch());
    const first = await load.publish();
    rows.restart();
    await load.send(
      rows
        .invocation({ invocation: { invocation_id: "i2" }, executions: [{ node: "model.shop.b" }] })
        .batch(),
    );
    return [first.generation, (await load.publish()).generation];
  });
  expect(new Set(generations).size).toBe(2);
  expect(await askList(store, "SELECT unique_id FROM nodes ORDER BY 1")).toEqual([
    "model.shop.a",
    "model.shop.b",
  ]);
});

test("a worker's port takes batches and acknowledges each", async () => {
  const store = await testStore();
  const published = await store.load(async (load) => {
    const port = load.port();
    const rows = new LoadRows();
    for (const id of ["i1", "i2"]) {
      const batch = rows
        .invocation({ invocation: { invocation_id: id }, executions: [{ node: "model.shop.a" }] })
        .batch();
      const answer = new Promise((resolve) => port.once("message", resolve));
      port.postMessage({ type: "batch", batch });
      expect(await answer).toEqual({ type: "ack" });
    }
    return load.publish();
  });
  expect(published.added.invocations).toBe(2);
});

test("a batch that cannot be taken fails the load with its reason", async () => {
  const store = await testStore();
  const broken = new LoadRows().invocation({ executions: [{ node: "model.shop.a" }] }).batch();
  const unit = broken.units[0];
  if (unit?.kind === "invocation" && unit.executions !== null) unit.executions.status = new Int32Array(0);
  await expect(store.load((load) => load.send(broken))).rejects.toThrow("column status of s_executions");
  await publish(store, new LoadRows().invocation({}));
  expect(await askList(store, "SELECT count(*) FROM invocations")).toEqual([1]);
});

test("strange text and numbers arrive, or become null where SQL has none for them", async () => {
  const store = await testStore();
  const message = "nul \u0000, emoji 🦆, control \u001b[31m, '; DROP TABLE runs; --";
  await publish(
    store,
    new LoadRows().invocation({
      executions: [
        {
          node: "model.shop.a",
          message,
          runtime_s: Number.POSITIVE_INFINITY,
          rows_affected: 1e300,
          started_at: 1e300,
        },
        { node: "odd id", message: "" },
      ],
    }),
  );
  expect(
    await ask(
      store,
      "SELECT unique_id, message, runtime_s, rows_affected, started_at FROM executions JOIN nodes USING (node_key) ORDER BY 1",
    ),
  ).toEqual([
    { unique_id: "model.shop.a", message, runtime_s: null, rows_affected: null, started_at: null },
    { unique_id: "odd id", message: "", runtime_s: null, rows_affected: null, started_at: null },
  ]);
});

test("a load that throws leaves nothing behind, and the next one works", async () => {
  const store = await testStore();
  const failed = store.load(async (load) => {
    await load.send(new LoadRows().invocation({ invocation: { invocation_id: "lost" } }).batch());
    throw new Error("source failed");
  });
  await expect(failed).rejects.toThrow("source failed");
  await publish(store, new LoadRows().invocation({}));
  expect(await askList(store, "SELECT invocation_id FROM invocations")).toEqual(["i1"]);
});

test("publishing nothing gives the current generation", async () => {
  const store = await testStore();
  const nothing = { invocations: 0, definitions: 0, executions: 0 };
  expect(await store.load((load) => load.publish())).toEqual({ generation: "empty", added: nothing });
  const { generation } = await publish(store, everything());
  expect(await store.load((load) => load.publish())).toEqual({ generation, added: nothing });
});

test("forgetting by prefix takes only those ledger rows", async () => {
  const store = await testStore();
  const rows = new LoadRows();
  for (const scope of ["runs:job 1", "runs:job 2", "models:project 1"]) rows.ledger({ scope });
  await publish(store, rows.ledger({ scope: "runs:other", source: { id: "elsewhere", system: "paradime" } }));
  await store.invalidate("runs:");
  expect(await askList(store, "SELECT scope FROM ledger")).toEqual(["models:project 1"]);
  await store.invalidate(null);
  expect(await askList(store, "SELECT scope FROM ledger")).toEqual([]);
  const elsewhere = await testStore({ address: store.state.location, sourceIds: ["elsewhere"] });
  expect(await askList(elsewhere, "SELECT scope FROM ledger")).toEqual(["runs:other"]);
});

async function everyRow(store: Parameters<typeof ask>[0]): Promise<unknown> {
  const rows: Record<string, unknown> = {};
  for (const { name } of TABLES) rows[name] = await ask(store, `FROM ${name} ORDER BY ALL`);
  return rows;
}

function folderSize(address: string): number {
  const folder = folderOf(address);
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
