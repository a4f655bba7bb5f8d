/** Rubbish where a store file keeps a column: DuckDB opens the file, and fails when it reads there. */
import { readFileSync, writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

/** Size of the file's headers, and of each block behind them. */
const HEADERS = 12_288;
const BLOCK = 262_144;

export async function damageColumn(file: string, table: string, column: string): Promise<void> {
  const place = HEADERS + (await blockOf(file, table, column)) * BLOCK;
  writeFileSync(file, readFileSync(file).fill(7, place + 1000, place + 1004));
}

async function blockOf(file: string, table: string, column: string): Promise<number> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT min(block_id) FROM pragma_storage_info('${table}') WHERE column_name = '${column}' AND block_id >= 0`,
  );
  connection.closeSync();
  instance.closeSync();
  return Number(reader.getRows()[0]?.[0]);
}
