/** The tables of the schema as they may be asked about: without bookkeeping and without places of files. */
import { type Column, TABLES, type Table } from "../schema.ts";
import { type Reading, selectOf } from "../views/tables.ts";
import type { Relation } from "./relation.ts";

/** Bookkeeping of the store itself. */
const OWN: ReadonlySet<string> = new Set(["meta", "ledger"]);
/** Columns that name files of this machine. */
const PRIVATE: ReadonlySet<string> = new Set(["location"]);

export const SHOWN_TABLES: readonly Table[] = TABLES.filter(({ name }) => !OWN.has(name));

export function shownColumns(table: Table): readonly Column[] {
  return table.columns.filter((column) => !PRIVATE.has(column.name));
}

/** The table as it is documented; a key says which table it leads to. */
export function tableRelation(
  table: Table,
  reading: Reading,
  projectKeys: readonly number[] | null,
): Relation {
  return {
    name: table.name,
    comment: table.comment,
    columns: shownColumns(table).map(({ name, type, comment }) => ({
      name,
      type,
      sql: `t."${name}"`,
      comment: comment === "" ? keyComment(name, table) : comment,
    })),
    from: `FROM (${selectOf(table, reading)}) t${projectKeys === null ? "" : ` WHERE ${ofProjects(table, projectKeys)}`}`,
  };
}

/** What other keys than those that are called like their table lead to. */
const LEADS: Record<string, string> = {
  attached_key: "node that a test is about: nodes.node_key",
  parent_key: "nodes.node_key",
  child_key: "nodes.node_key",
};

function keyComment(name: string, { name: table }: Table): string {
  const owner = `${name.replace(/_key$/, "")}s`;
  if (owner === table) return "key that other tables have";
  return LEADS[name] ?? `${owner}.${name}`;
}

/** Keeps to the projects that may be seen. What is wrong with a system as a whole belongs to none. */
function ofProjects({ name, columns }: Table, projectKeys: readonly number[]): string {
  const has = (column: string): boolean => columns.some((candidate) => candidate.name === column);
  const among = `t.project_key IN (${projectKeys.length === 0 ? "NULL" : projectKeys.join(", ")})`;
  if (name === "conditions") return `(t.project_key IS NULL OR ${among})`;
  if (has("project_key")) return among;
  if (has("node_key")) return "t.node_key IN (SELECT node_key FROM memory.main.nodes)";
  if (has("environment_key"))
    return "t.environment_key IN (SELECT environment_key FROM memory.main.environments)";
  return "true";
}
