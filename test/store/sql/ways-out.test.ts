/** Every way out of the documented tables, closed: by the guard, and where that fails by the instance. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import { openInstance, quote } from "../../../src/store/engine.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/port.ts";
import { lock } from "../../../src/store/sql/enclosure.ts";
import { LoadRows } from "../rows.ts";
import { publish } from "../stores.ts";
import { askSql, NOTHING, question, smallRoom } from "./asking.ts";

const CSV = "/etc/hostname";

const REFUSED: Record<string, string[]> = {
  "files by functions": [
    `SELECT * FROM read_csv('${CSV}')`,
    `SELECT * FROM read_csv_auto('${CSV}')`,
    `SELECT * FROM read_text('${CSV}')`,
    `SELECT * FROM read_blob('${CSV}')`,
    "SELECT * FROM read_parquet('a.parquet')",
    "SELECT * FROM parquet_scan('a.parquet')",
    "SELECT * FROM parquet_metadata('a.parquet')",
    "SELECT * FROM read_json('a.json')",
    "SELECT * FROM read_duckdb('a.duckdb')",
    `SELECT * FROM sniff_csv('${CSV}')`,
    "SELECT * FROM glob('/*')",
    `SELECT (SELECT count(*) FROM read_text('${CSV}'))`,
    `SELECT 1 WHERE EXISTS (FROM read_text('${CSV}'))`,
    `SELECT * FROM models, LATERAL (SELECT * FROM read_text('${CSV}'))`,
    `WITH a AS (FROM read_text('${CSV}')) FROM a`,
    `SELECT list(x ORDER BY (SELECT 1 FROM read_text('${CSV}'))) FROM models`,
  ],
  "files by their name": [`FROM '${CSV}'`, "FROM 'a.csv'", "FROM 'a.parquet'", 'SELECT * FROM "a.json"'],
  "statements that write": [
    "INSERT INTO nodes VALUES (1)",
    "UPDATE nodes SET name = ''",
    "DELETE FROM nodes",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE OR REPLACE VIEW models AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "ALTER TABLE nodes ADD COLUMN x INTEGER",
    "DROP VIEW models",
    "TRUNCATE nodes",
    "MERGE INTO nodes USING models ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
    "COPY models TO 'out.csv'",
    "COPY nodes FROM 'in.csv'",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'in'",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "ANALYZE",
  ],
  "other databases and extensions": [
    "ATTACH 'a.duckdb'",
    "ATTACH ':memory:' AS a",
    "DETACH facts",
    "USE facts",
    "INSTALL httpfs",
    "LOAD httpfs",
    "CREATE SECRET (TYPE s3)",
  ],
  settings: [
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "PRAGMA memory_limit = '100GB'",
    "CALL duckdb_settings()",
    "SELECT current_setting('secret_directory')",
    "SELECT getenv('HOME')",
    "SET VARIABLE a = 1",
  ],
  "what DuckDB says of itself": [
    "FROM duckdb_settings()",
    "FROM duckdb_databases()",
    "FROM duckdb_databases",
    "FROM duckdb_secrets()",
    "FROM duckdb_tables",
    "FROM duckdb_views()",
    "FROM duckdb_extensions()",
    "FROM duckdb_logs()",
    "FROM pragma_database_list",
    "FROM pragma_database_size()",
    "FROM pragma_table_info('models')",
    "FROM sqlite_master",
    "FROM information_schema.tables",
    "FROM pg_catalog.pg_class",
    "FROM pg_class",
    "SELECT pg_get_viewdef(1)",
    "SELECT stats(unique_id) FROM nodes",
    "FROM which_secret('a', 's3')",
    "SHOW ALL TABLES",
    "SHOW DATABASES",
    "SHOW TABLES FROM facts",
  ],
  "what lies beneath the views": [
    "FROM facts.nodes",
    "FROM facts.main.executions",
    "FROM memory.main.nodes",
    "FROM main.nodes",
    "FROM memory.kept.shown_nodes",
    "FROM stored_nodes",
    "FROM ledger",
    "FROM meta",
    "DESCRIBE facts.nodes",
    "SUMMARIZE duckdb_databases",
    "FROM query('FROM facts.nodes')",
    "FROM query_table('facts.nodes')",
    "FROM seq_scan('nodes')",
    "FROM histogram_values(nodes, name)",
    "FROM json_execute_serialized_sql('{}')",
    "SELECT json_serialize_plan('FROM facts.nodes')",
  ],
  "names of WITH that stand for something else outside of it": [
    "SELECT * FROM (WITH duckdb_databases AS (SELECT 1 AS a) FROM duckdb_databases), duckdb_databases d",
    "WITH a AS (FROM duckdb_databases), duckdb_databases AS (SELECT 1) FROM a",
    "WITH RECURSIVE duckdb_databases AS (FROM duckdb_databases UNION ALL SELECT 1) FROM duckdb_databases",
    'SELECT * FROM (WITH "a.csv" AS (SELECT 1) FROM "a.csv") x, "a.csv" y',
    "WITH PRAGMA_DATABASE_LIST AS (SELECT 1) FROM pragma_database_list",
  ],
  "several statements, or none": [
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW models",
    "",
    "  ",
    "-- nothing",
    ";",
  ],
  "statements about statements": [
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE a AS SELECT 1",
    "EXECUTE a",
    "PIVOT models ON owner USING count(*)",
  ],
  "texts and lists of any length": [
    "SELECT repeat('x', 1000000000)",
    "SELECT lpad('x', 1000000000, 'y')",
    "SELECT rpad('x', 1000000000, 'y')",
    "SELECT len(range(1000000000))",
    "SELECT unnest(generate_series(1, 1000000000))",
    "SELECT list_resize([1], 1000000000)",
  ],
};

describe("the guard", () => {
  const folder = mkdtempSync(join(tmpdir(), "runlens-sql-"));
  let store: Store;
  beforeAll(async () => {
    store = await openStore({ address: folder, sourceIds: ["test"], warn: () => undefined });
    await publish(store, new LoadRows().definitions({ nodes: [{ unique_id: "model.shop.orders" }] }));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const cases = Object.entries(REFUSED).flatMap(([what, statements]) =>
    statements.map((sql) => ({ what, sql })),
  );
  it.each(cases)("refuses $what: $sql", async ({ sql }) => {
    const failure: unknown = await askSql(store, sql).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "RunlensError", code: "INVALID_INPUT" });
    if (!(failure instanceof RunlensError)) throw failure;
    expect(failure.message + failure.hint).not.toContain(folder);
    // Nothing has been done, and nothing is broken.
    expect((await askSql(store, "SELECT name FROM models")).rows).toEqual([["orders"]]);
  });

  it("refuses every relation that DuckDB has of its own", async () => {
    const room = smallRoom();
    onTestFinished(() => room.close());
    const own = (await systemRows("SELECT DISTINCT view_name FROM duckdb_views()")).map(String);
    expect(own).toContain("duckdb_databases");
    for (const name of own) {
      await expect(room.ask(NOTHING, question(`FROM ${name}`), undefined)).rejects.toMatchObject({
        code: "INVALID_INPUT",
      });
      const mistaken = `SELECT * FROM (WITH ${name} AS (SELECT 1) FROM ${name}), ${name} AS other`;
      await expect(room.ask(NOTHING, question(mistaken), undefined)).rejects.toMatchObject({
        message: expect.stringContaining("WITH may not call anything"),
      });
    }
  });

  it("refuses every table function but those that only work on their arguments", async () => {
    const room = smallRoom();
    onTestFinished(() => room.close());
    const all = await systemRows(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro')",
    );
    expect(all.length).toBeGreaterThan(80);
    const allowed: string[] = [];
    for (const name of all.map(String)) {
      const failure: unknown = await room
        .ask(NOTHING, question(`FROM "${name}"(1)`), undefined)
        .catch((e: unknown) => e);
      const isRefused =
        failure instanceof RunlensError && failure.message.startsWith("query_sql does not run");
      if (!isRefused) allowed.push(name);
    }
    expect(allowed.sort()).toEqual(["generate_series", "json_each", "json_tree", "range", "unnest"]);
  });

  it("refuses every macro that looks into DuckDB's own tables", async () => {
    const room = smallRoom();
    onTestFinished(() => room.close());
    const macros = await systemRows(
      `SELECT DISTINCT function_name FROM duckdb_functions()
       WHERE function_type = 'macro' AND regexp_matches(macro_definition, 'duckdb_|pragma_|sqlite_')`,
    );
    expect(macros.length).toBeGreaterThan(1);
    for (const name of macros) {
      await expect(room.ask(NOTHING, question(`SELECT ${String(name)}(1)`), undefined)).rejects.toMatchObject(
        {
          message: `query_sql does not run the function ${String(name)}.`,
        },
      );
    }
  });
});

/** The first column of what an instance of DuckDB says of itself. */
async function systemRows(sql: string): Promise<unknown[]> {
  const instance = await openInstance({ memoryMb: 64, spill: null });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows().map(([value]) => value);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe("the instance, where no guard stands before it", () => {
  const folder = mkdtempSync(join(tmpdir(), "runlens-sql-"));
  const file = join(folder, "facts.duckdb");
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    instance = await openInstance({ memoryMb: 64, spill: null });
    connection = await instance.connect();
    await connection.run(`ATTACH ${quote(file)} AS made; CREATE TABLE made.t AS SELECT 1 AS a; DETACH made`);
    await connection.run(`ATTACH ${quote(file)} AS facts (READ_ONLY)`);
    writeFileSync(join(folder, "a.csv"), "a,b\n1,2\n");
    await lock(connection, 64);
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  });

  it.each([
    `FROM read_csv(${quote(join(folder, "a.csv"))})`,
    `FROM read_text(${quote(join(folder, "a.csv"))})`,
    `FROM ${quote(join(folder, "a.csv"))}`,
    `FROM glob(${quote(join(folder, "*"))})`,
    // The file that is attached, past all views.
    `FROM read_blob(${quote(file)})`,
    `ATTACH ${quote(file)} AS again (READ_ONLY)`,
    `ATTACH ${quote(join(folder, "new.duckdb"))}`,
    `COPY facts.t TO ${quote(join(folder, "out.csv"))}`,
    `EXPORT DATABASE ${quote(join(folder, "out"))}`,
    "INSERT INTO facts.t VALUES (2)",
    "CREATE TABLE facts.u (a INTEGER)",
    "FROM duckdb_secrets()",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "RESET disabled_filesystems",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
  ])("refuses %s", async (sql) => {
    await expect(connection.run(sql)).rejects.toThrow(/Error/);
    expect(readdirSync(folder).sort()).toEqual(["a.csv", "facts.duckdb"]);
    expect((await connection.runAndReadAll("SELECT a FROM facts.t")).getRows()).toEqual([[1]]);
  });
});
