/**
 * What a store keeps when its schema changes: the first generation of a version begins with a copy of what the
 * newest of the older versions has published. The older folder is left as it is, for whoever still uses it.
 */
import { join } from "node:path";
import { quote, type Statements } from "./engine.ts";
import { asDamage, asUnusable, isMissing } from "./failures.ts";
import { checkOwner, olderFolders, readPointer } from "./layout.ts";
import { TABLES } from "./schema.ts";
import { transaction } from "./transaction.ts";

/** What the columns that a version added say of the rows of older ones, by table; `older` is their catalog. */
const ADDED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sources: { described: "false" },
  projects: { removed: "false" },
  environments: { removed: "false" },
  jobs: { removed: "false" },
  runs: {
    results_read: "true",
    kind: retryOrFull(`run_key IN (SELECT run_key FROM older.invocations WHERE run_key IS NOT NULL
      GROUP BY run_key HAVING bool_and(command = 'retry'))`),
  },
  invocations: { stand_in: "false" },
};

/** Columns that say in other words what an older one said. */
const REPLACED: Readonly<Record<string, { older: string; value: string }>> = {
  "runs.kind": { older: "is_retry", value: retryOrFull("is_retry") },
};

/** The kind of a run, before there were more of them. */
function retryOrFull(isRetry: string): string {
  return `CASE WHEN ${isRetry} THEN 'retry' ELSE 'full' END`;
}

/** How often a generation may vanish between the look at its pointer and the opening of the file. */
const ATTEMPTS = 5;

/** True where an older version than that of `folder` has published facts. */
export function hasOlder(folder: string): boolean {
  return olderFolders(folder).some((older) => olderFile(older) !== null);
}

/** Copies older facts into the empty tables of `catalog`. Where they cannot be read it stays empty. */
export async function copyOlder(sql: Statements, catalog: string, folder: string): Promise<void> {
  for (const older of olderFolders(folder)) {
    if (!(await attachOlder(sql, older))) continue;
    try {
      await transaction(sql, () => copyTables(sql, catalog));
      return;
    } catch (error) {
      if (asDamage(error, older) === null) throw error;
    } finally {
      await sql.connection.run("DETACH older");
    }
  }
}

/** The file that the older version has published; null where there is none that is to be trusted. */
function olderFile(older: string): string | null {
  try {
    checkOwner(older);
    const pointer = readPointer(older);
    return pointer === null ? null : join(older, pointer.current);
  } catch (error) {
    if (asUnusable(error, older, "CURRENT") === null) throw error;
    return null;
  }
}

async function attachOlder(sql: Statements, older: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const file = olderFile(older);
    if (file === null) return false;
    try {
      await sql.run(`ATTACH ${quote(file)} AS older (READ_ONLY)`);
      return true;
    } catch (error) {
      // Its own writers may have published meanwhile.
      if (isMissing(error) && attempt < ATTEMPTS) continue;
      if (asUnusable(error, older, file) === null) throw error;
      return false;
    }
  }
}

async function copyTables(sql: Statements, catalog: string): Promise<void> {
  const found = await sql.rows(
    "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'older' AND NOT internal",
  );
  const known = new Set(found.map((row) => `${String(row.table_name)}.${String(row.column_name)}`));
  const tables = new Set(found.map((row) => String(row.table_name)));
  const copiedAs = (table: string, column: string): string | undefined => {
    if (known.has(`${table}.${column}`)) return `"${column}"`;
    const replaced = REPLACED[`${table}.${column}`];
    return replaced !== undefined && known.has(`${table}.${replaced.older}`)
      ? replaced.value
      : ADDED[table]?.[column];
  };
  for (const { name, columns } of TABLES) {
    if (name === "meta" || !tables.has(name)) continue;
    const copied = columns.flatMap((column) => {
      const value = copiedAs(name, column.name);
      return value === undefined ? [] : [{ name: `"${column.name}"`, value }];
    });
    await sql.change(
      `INSERT INTO ${catalog}.${name} (${copied.map((column) => column.name).join(", ")})
       SELECT ${copied.map((column) => column.value).join(", ")} FROM older.${name}`,
    );
  }
}
