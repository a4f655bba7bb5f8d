import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { removeStore } from "../../src/maintenance.ts";
import { folderOf, lockPath } from "../../src/store/layout.ts";
import { damageColumn } from "./damage.ts";
import { LoadRows } from "./rows.ts";
import { ask, askList, publish, temporaryFolder, testStore } from "./stores.ts";

const GENERATION = "g-7-0123456789ab.duckdb";

/** What runlens wrote with version 1 of its schema; rows of which only the named columns are set. */
const V1 = `
  CREATE TABLE v1.meta ("name" VARCHAR, "value" VARCHAR);
  CREATE TABLE v1.sources ("source_key" INTEGER, "source_id" VARCHAR, "system" VARCHAR);
  CREATE TABLE v1.projects ("project_key" INTEGER, "source_key" INTEGER, "project_id" VARCHAR, "name" VARCHAR, "dbt_project_name" VARCHAR, "adapter_type" VARCHAR, "url" VARCHAR, "created_at" TIMESTAMP, "updated_at" TIMESTAMP);
  CREATE TABLE v1.environments ("environment_key" INTEGER, "project_key" INTEGER, "source_key" INTEGER, "environment_id" VARCHAR, "name" VARCHAR, "type" VARCHAR, "definition_key" INTEGER);
  CREATE TABLE v1.jobs ("job_key" INTEGER, "project_key" INTEGER, "source_key" INTEGER, "environment_key" INTEGER, "job_id" VARCHAR, "name" VARCHAR, "schedule" VARCHAR, "commands" VARCHAR[], "url" VARCHAR);
  CREATE TABLE v1.runs ("run_key" INTEGER, "source_key" INTEGER, "project_key" INTEGER, "environment_key" INTEGER, "job_key" INTEGER, "run_id" VARCHAR, "status" VARCHAR, "raw_status" VARCHAR, "queued_at" TIMESTAMP, "started_at" TIMESTAMP, "ended_at" TIMESTAMP, "runtime_s" DOUBLE, "trigger" VARCHAR, "commit_sha" VARCHAR, "branch" VARCHAR, "url" VARCHAR, "error_message" VARCHAR, "derived" BOOLEAN);
  CREATE TABLE v1.definitions ("definition_key" INTEGER, "source_key" INTEGER, "project_key" INTEGER, "environment_key" INTEGER, "invocation_id" VARCHAR, "generated_at" TIMESTAMP, "schema_version" VARCHAR, "dbt_version" VARCHAR, "location" VARCHAR, "node_count" BIGINT, "digest" VARCHAR, "guessed" BOOLEAN);
  CREATE TABLE v1.invocations ("invocation_key" INTEGER, "source_key" INTEGER, "project_key" INTEGER, "environment_key" INTEGER, "job_key" INTEGER, "run_key" INTEGER, "definition_key" INTEGER, "invocation_id" VARCHAR, "kind" VARCHAR, "command" VARCHAR, "command_line" VARCHAR, "builds" BOOLEAN, "tests" BOOLEAN, "full_refresh" BOOLEAN, "own_definition" BOOLEAN, "complete" BOOLEAN, "status" VARCHAR, "started_at" TIMESTAMP, "ended_at" TIMESTAMP, "elapsed_s" DOUBLE, "dbt_version" VARCHAR, "location" VARCHAR);
  CREATE TABLE v1.nodes ("node_key" INTEGER, "source_key" INTEGER, "project_key" INTEGER, "environment_key" INTEGER, "definition_key" INTEGER, "unique_id" VARCHAR, "model_id" VARCHAR, "name" VARCHAR, "resource_type" VARCHAR, "package_name" VARCHAR, "version" VARCHAR, "alias" VARCHAR, "database_name" VARCHAR, "schema_name" VARCHAR, "description" VARCHAR, "materialization" VARCHAR, "tags" VARCHAR[], "owner" VARCHAR, "path" VARCHAR, "checksum" VARCHAR, "attached_key" INTEGER, "column_name" VARCHAR, "test_type" VARCHAR, "severity" VARCHAR, "source_name" VARCHAR, "warn_after_s" DOUBLE, "error_after_s" DOUBLE, "url" VARCHAR);
  CREATE TABLE v1.node_versions ("node_key" INTEGER, "checksum" VARCHAR, "materialization" VARCHAR, "first_seen_at" TIMESTAMP, "last_seen_at" TIMESTAMP);
  CREATE TABLE v1.edges ("source_key" INTEGER, "environment_key" INTEGER, "parent_key" INTEGER, "child_key" INTEGER);
  CREATE TABLE v1.executions ("source_key" INTEGER, "invocation_key" INTEGER, "node_key" INTEGER, "status" VARCHAR, "raw_status" VARCHAR, "builds" BOOLEAN, "recorded_at" TIMESTAMP, "started_at" TIMESTAMP, "ended_at" TIMESTAMP, "runtime_s" DOUBLE, "compile_s" DOUBLE, "execute_s" DOUBLE, "thread" VARCHAR, "message" VARCHAR, "failures" BIGINT, "rows_affected" BIGINT, "bytes_processed" BIGINT, "attempt" BIGINT, "partition" VARCHAR);
  CREATE TABLE v1.freshness ("source_key" INTEGER, "invocation_key" INTEGER, "node_key" INTEGER, "status" VARCHAR, "raw_status" VARCHAR, "max_loaded_at" TIMESTAMP, "snapshotted_at" TIMESTAMP, "age_s" DOUBLE, "warn_after_s" DOUBLE, "error_after_s" DOUBLE, "message" VARCHAR);
  CREATE TABLE v1.ledger ("source_key" INTEGER, "scope" VARCHAR, "synced_at" TIMESTAMP, "revision" VARCHAR, "watermark" VARCHAR, "complete" BOOLEAN, "notes" VARCHAR[]);
  INSERT INTO v1.meta VALUES ('schema_version', '1'), ('created_by', 'runlens');
  INSERT INTO v1.sources VALUES (1, 'test', 'artifacts');
  INSERT INTO v1.projects VALUES (1, 1, 'shop', 'shop', 'shop', 'duckdb', NULL, '2024-04-01', '2024-05-01 03:00:00');
  INSERT INTO v1.environments VALUES (1, 1, 1, 'prod', 'prod', 'production', NULL);
  INSERT INTO v1.jobs VALUES (1, 1, 1, 1, 'nightly', 'Nightly', NULL, ['dbt build'], NULL);
  INSERT INTO v1.runs (run_key, source_key, project_key, environment_key, job_key, run_id, status, derived) VALUES
    (1, 1, 1, 1, 1, 'build', 'success', true), (2, 1, 1, 1, 1, 'retry', 'success', true),
    (3, 1, 1, 1, 1, 'build and retry', 'success', true), (4, 1, 1, 1, 1, 'told', 'failure', false);
  INSERT INTO v1.invocations (invocation_key, source_key, project_key, environment_key, job_key, run_key, invocation_id, kind, command, builds, complete, status, ended_at) VALUES
    (1, 1, 1, 1, 1, 1, 'a', 'results', 'build', true, true, 'success', '2024-05-01 03:00:00'),
    (2, 1, 1, 1, 1, 2, 'b', 'results', 'retry', true, true, 'success', '2024-05-01 03:00:00'),
    (3, 1, 1, 1, 1, 3, 'c', 'results', 'build', true, true, 'success', '2024-05-01 03:00:00'),
    (4, 1, 1, 1, 1, 3, 'd', 'results', 'retry', true, false, 'success', '2024-05-01 03:00:00');
  INSERT INTO v1.nodes (node_key, source_key, project_key, environment_key, unique_id, model_id, name, resource_type, tags) VALUES
    (1, 1, 1, 1, 'model.shop.a', 'shop.a', 'a', 'model', ['finance']);
  INSERT INTO v1.node_versions VALUES (1, 'x', 'table', '2024-04-01', '2024-05-01');
  INSERT INTO v1.executions (source_key, invocation_key, node_key, status, builds, recorded_at, runtime_s) VALUES
    (1, 1, 1, 'success', true, '2024-05-01 03:00:00', 1.5);
  INSERT INTO v1.ledger VALUES (1, 'all', '2024-05-01 03:00:00', 'r1', NULL, true, []);`;

/** What version 2 added to that, and what it then said of the runs. */
const V2 = `
  ALTER TABLE v1.sources ADD COLUMN described BOOLEAN DEFAULT true;
  ALTER TABLE v1.projects ADD COLUMN removed BOOLEAN DEFAULT false;
  ALTER TABLE v1.environments ADD COLUMN removed BOOLEAN DEFAULT false;
  ALTER TABLE v1.jobs ADD COLUMN removed BOOLEAN DEFAULT true;
  ALTER TABLE v1.runs ADD COLUMN results_read BOOLEAN DEFAULT true;
  ALTER TABLE v1.runs ADD COLUMN is_retry BOOLEAN DEFAULT false;
  ALTER TABLE v1.invocations ADD COLUMN stand_in BOOLEAN DEFAULT false;
  UPDATE v1.meta SET "value" = '2' WHERE "name" = 'schema_version';
  UPDATE v1.runs SET is_retry = true, results_read = false WHERE run_id = 'told';
  INSERT INTO v1.freshness (source_key, invocation_key, node_key, status, age_s) VALUES (1, 1, 1, 'warn', 7200);`;

/** A store that an older version has written and published. */
async function writtenBy(
  version: number,
  statements: string,
): Promise<{ address: string; folder: string; file: string }> {
  const address = join(temporaryFolder(), "store");
  const folder = join(address, `v${version}`);
  const file = join(folder, GENERATION);
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`ATTACH '${file}' AS v1`);
  await connection.run(statements);
  await connection.run("DETACH v1");
  connection.closeSync();
  instance.closeSync();
  writeFileSync(join(folder, "CURRENT"), `${GENERATION}\n\n`);
  return { address, folder, file };
}

const writtenByVersion1 = () => writtenBy(1, V1);

const two = (): LoadRows => new LoadRows().invocation({ invocation: { invocation_id: "new" } });

const RUNS = "SELECT run_id, results_read, kind FROM runs ORDER BY run_key";

test("the first load of a new version takes over what the older one published", async () => {
  const { address } = await writtenByVersion1();
  const store = await testStore({ address });
  expect(await askList(store, "SELECT run_id FROM runs")).toEqual([]);
  expect((await publish(store, two())).added.invocations).toBe(1);
  expect(await ask(store, RUNS)).toEqual([
    { run_id: "build", results_read: true, kind: "full" },
    { run_id: "retry", results_read: true, kind: "retry" },
    { run_id: "build and retry", results_read: true, kind: "full" },
    { run_id: "told", results_read: true, kind: "full" },
    { run_id: "run-new", results_read: true, kind: "full" },
  ]);
  expect(await ask(store, "SELECT name, value FROM meta ORDER BY 1")).toEqual([
    { name: "created_by", value: "runlens" },
    { name: "schema_version", value: "3" },
  ]);
  expect(await ask(store, "SELECT described FROM sources")).toEqual([{ described: false }]);
  for (const table of ["projects", "environments", "jobs"]) {
    expect(await ask(store, `SELECT source_key, removed FROM ${table}`)).toEqual([
      { source_key: 1, removed: false },
    ]);
  }
  expect(await ask(store, "SELECT invocation_id, complete, stand_in FROM invocations ORDER BY 1")).toEqual([
    { invocation_id: "a", complete: true, stand_in: false },
    { invocation_id: "b", complete: true, stand_in: false },
    { invocation_id: "c", complete: true, stand_in: false },
    { invocation_id: "d", complete: false, stand_in: false },
    { invocation_id: "new", complete: true, stand_in: false },
  ]);
  expect(await ask(store, "SELECT tags, runtime_s FROM executions JOIN nodes USING (node_key)")).toEqual([
    { tags: ["finance"], runtime_s: 1.5 },
  ]);
  expect(await askList(store, "SELECT checksum FROM node_versions")).toEqual(["x"]);
  expect(await askList(store, "SELECT revision FROM ledger")).toEqual(["r1"]);
});

test("what version 2 said of a run's kind is said in the new words, and the rest stays", async () => {
  const { address } = await writtenBy(2, V1 + V2);
  const store = await testStore({ address });
  await publish(store, two());
  expect(await ask(store, RUNS)).toEqual([
    { run_id: "build", results_read: true, kind: "full" },
    { run_id: "retry", results_read: true, kind: "full" },
    { run_id: "build and retry", results_read: true, kind: "full" },
    { run_id: "told", results_read: false, kind: "retry" },
    { run_id: "run-new", results_read: true, kind: "full" },
  ]);
  expect(await askList(store, "SELECT removed FROM jobs")).toEqual([true]);
  expect(await ask(store, "SELECT status, age_s FROM freshness")).toEqual([{ status: "warn", age_s: 7200 }]);
  expect(await ask(store, "FROM reported_health")).toEqual([]);
  expect(await ask(store, "FROM reported_freshness")).toEqual([]);
  expect(await ask(store, "FROM conditions")).toEqual([]);
  expect(readdirSync(address).sort()).toEqual(["v2", "v3"]);
});

test("of several older versions the newest is taken over", async () => {
  const older = await writtenByVersion1();
  const { address } = await writtenBy(2, `${V1}${V2} UPDATE v1.runs SET run_id = 'of v2';`);
  cpSync(older.folder, join(address, "v1"), { recursive: true });
  const store = await testStore({ address });
  await publish(store, new LoadRows().ledger({ scope: "all" }));
  expect(await askList(store, "SELECT DISTINCT run_id FROM runs")).toEqual(["of v2"]);
});

test("the older folder stays as it was, and is not taken over twice", async () => {
  const { address, folder, file } = await writtenByVersion1();
  const before = readFileSync(file);
  const store = await testStore({ address });
  await publish(store, two());
  await publish(store, new LoadRows().invocation({ invocation: { invocation_id: "newer" } }));
  expect(await askList(store, "SELECT count(*) FROM invocations")).toEqual([6]);
  expect(readdirSync(folder).sort()).toEqual(["CURRENT", GENERATION]);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("forgetting the ledger forgets the older one's too", async () => {
  const { address } = await writtenByVersion1();
  const store = await testStore({ address });
  await store.invalidate(null);
  expect(await askList(store, "SELECT scope FROM ledger")).toEqual([]);
  expect(await askList(store, "SELECT count(*) FROM runs")).toEqual([4]);
});

test("a load that brings nothing new takes over the older facts all the same", async () => {
  const { address } = await writtenByVersion1();
  const store = await testStore({ address });
  await publish(store, new LoadRows().ledger({ scope: "all", revision: "r1" }));
  expect(await askList(store, "SELECT count(*) FROM runs")).toEqual([4]);
});

test("where the new version cannot write, memory begins with the older facts", async () => {
  const { address } = await writtenByVersion1();
  mkdirSync(lockPath(folderOf(address)), { recursive: true });
  const store = await testStore({ address });
  await publish(store, two());
  expect(store.state.mode).toBe("memory");
  expect(await askList(store, "SELECT count(*) FROM runs")).toEqual([5]);
});

test.each([
  ["is damaged", (file: string) => writeFileSync(file, "no database at all")],
  ["has a damaged pointer", (file: string) => writeFileSync(join(file, "..", "CURRENT"), "?")],
  [
    "names a file that is gone",
    (file: string) => writeFileSync(join(file, "..", "CURRENT"), "g-9-ab.duckdb\n\n"),
  ],
  ["is damaged within", (file: string) => damageColumn(file, "executions", "runtime_s")],
])("a store begins empty where the older one %s", async (_, harm) => {
  const { address, file } = await writtenByVersion1();
  await harm(file);
  const store = await testStore({ address });
  await publish(store, two());
  expect(store.state.degraded).toBeNull();
  expect(await askList(store, "SELECT run_id FROM runs")).toEqual(["run-new"]);
});

test("clearing the store clears what would be taken over", async () => {
  const { address, file } = await writtenByVersion1();
  await removeStore(address, new AbortController().signal);
  expect(existsSync(file)).toBe(false);
  const store = await testStore({ address });
  await publish(store, two());
  expect(await askList(store, "SELECT run_id FROM runs")).toEqual(["run-new"]);
});
