/**
 * What may be run at all, decided on the tree that DuckDB's own parser makes of a statement, before anything of it is
 * looked up. What is not known to be harmless is refused: tables by a list of those allowed, table functions by a list,
 * parts of the tree by a list. The instance in which statements run is shut in beside; this holds if that fails.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { RunlensError } from "../../errors.ts";
import { plainMessage } from "./failures.ts";

/** Longest statement, in characters. */
const LONGEST = 100_000;

const ALLOWED =
  "Allowed are one SELECT (also WITH ... SELECT), DESCRIBE or SUMMARIZE of a table, and SHOW TABLES, over the tables and views of runlens://schema.";

/** Parts of a query that only say what is read and in which order. */
const PARTS: ReadonlySet<string> = new Set([
  "SELECT_NODE",
  "SET_OPERATION_NODE",
  "RECURSIVE_CTE_NODE",
  "CTE_NODE",
  "BASE_TABLE",
  "SUBQUERY",
  "JOIN",
  "TABLE_FUNCTION",
  "EXPRESSION_LIST",
  "EMPTY",
  "PIVOT",
  "SHOW_REF",
  "LIMIT_MODIFIER",
  "LIMIT_PERCENT_MODIFIER",
  "ORDER_MODIFIER",
  "DISTINCT_MODIFIER",
  "ORDER_DEFAULT",
  "ASCENDING",
  "DESCENDING",
]);

/** Functions in FROM that make rows of their arguments alone. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  "range",
  "generate_series",
  "unnest",
  "json_each",
  "json_tree",
]);

/** Functions that tell of the machine, of the store beneath the views, or of other statements; and those that only wait. */
const TELLING: ReadonlySet<string> = new Set([
  "current_setting",
  "error",
  "getenv",
  "getvariable",
  "json_deserialize_sql",
  "json_serialize_plan",
  "json_serialize_sql",
  "nextval",
  "currval",
  "parse_duckdb_log_message",
  "format_type",
  "get_block_size",
  "sleep_ms",
  "stats",
  "write_log",
]);

/** Functions that make texts and lists of any length out of nothing, which DuckDB does not count as its memory. */
const SPRAWLING: ReadonlySet<string> = new Set([
  "array_resize",
  "bar",
  "bitstring",
  "generate_series",
  "list_resize",
  "lpad",
  "range",
  "repeat",
  "rpad",
]);

/** What a statement reads, and how many parameters it has. */
export interface Inspected {
  params: number;
}

/** Names of relations, in lower case. */
export interface Names {
  /** Those that may be asked about. */
  shown: ReadonlySet<string>;
  /** Those that DuckDB knows beside: what WITH calls so could be mistaken for them outside of its scope. */
  hidden: ReadonlySet<string>;
}

type Part = Readonly<Record<string, unknown>>;

/**
 * Looks through a statement.
 *
 * @throws RunlensError `INVALID_INPUT` for anything but one reading statement over `names.shown`, `TOO_LARGE` for one
 * that is too long
 */
export async function inspect(connection: DuckDBConnection, sql: string, names: Names): Promise<Inspected> {
  if (sql.length > LONGEST) {
    throw new RunlensError("TOO_LARGE", `The statement has more than ${LONGEST} characters.`, "Shorten it.");
  }
  const statement = await parse(connection, sql);
  const parts = partsOf(statement);
  const common = new Set(parts.flatMap(commonName));
  for (const name of common) {
    if (names.hidden.has(name)) throw refused(`WITH may not call anything ${name}`);
  }
  const inFrom = new Set(parts.filter(({ type }) => type === "TABLE_FUNCTION").map((part) => part.function));
  for (const part of parts) if (!inFrom.has(part)) checkPart(part);
  const tables = parts.filter(({ type }) => type === "BASE_TABLE");
  const unknown = tables.flatMap((part) => checkTable(part, names, common) ?? []);
  if (unknown[0] !== undefined) throw await unknownTable(connection, unknown[0], names);
  const params = statement.named_param_map;
  return { params: Array.isArray(params) ? params.length : 0 };
}

async function parse(connection: DuckDBConnection, sql: string): Promise<Part> {
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql(?::VARCHAR)", [sql]);
  const tree: unknown = JSON.parse(String(reader.getRows()[0]?.[0]));
  if (!isPart(tree)) throw refused("this statement");
  if (tree.error === true) {
    if (tree.error_type !== "parser" && tree.error_type !== "syntax") throw refused("this kind of statement");
    throw new RunlensError("INVALID_INPUT", plainMessage(String(tree.error_message)), placeOf(tree, sql));
  }
  const statements = Array.isArray(tree.statements) ? tree.statements : [];
  const [statement] = statements;
  if (statements.length > 1) throw refused("several statements at once");
  if (!isPart(statement)) throw refused("an empty statement");
  return statement;
}

/** Where the parser stumbled, in the statement's own words. */
function placeOf(tree: Part, sql: string): string {
  const position = Number(tree.position ?? Number.NaN);
  const rest = Number.isInteger(position) ? sql.slice(position, position + 40).replaceAll(/\s+/g, " ") : "";
  return `${rest === "" ? "" : `It stumbled at: ${rest} `}The dialect is DuckDB's.`;
}

/** All objects of the tree; without recursion, since a statement may nest as deeply as it likes. */
function partsOf(statement: Part): Part[] {
  const parts: Part[] = [];
  const waiting: unknown[] = [statement];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (Array.isArray(next)) waiting.push(...next);
    else if (isPart(next)) {
      parts.push(next);
      waiting.push(...Object.values(next));
    }
  }
  return parts;
}

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name that WITH gives to a query. */
function commonName(part: Part): string[] {
  return typeof part.key === "string" && isPart(part.value) ? [part.key.toLowerCase()] : [];
}

function checkPart(part: Part): void {
  // Expressions have a class; only functions among them reach beyond their arguments.
  if (part.class !== undefined) {
    checkFunction(part);
    return;
  }
  const { type } = part;
  if (typeof type !== "string" || type.endsWith("_TYPE_INFO")) return;
  if (!PARTS.has(type)) throw refused(`this part of a statement (${type.toLowerCase()})`);
  if (type === "TABLE_FUNCTION") checkTableFunction(part);
  else if (type === "SHOW_REF") checkShow(part);
}

function checkFunction(part: Part): void {
  if (typeof part.function_name !== "string") return;
  const name = part.function_name.toLowerCase();
  if (SPRAWLING.has(name)) {
    const instead = ["range", "generate_series"].includes(name) ? `, other than in FROM ${name}(...)` : "";
    throw refused(`the function ${name}${instead}`);
  }
  if (TELLING.has(name) || /^(pg|duckdb|pragma|inet|has)_/.test(name)) throw refused(`the function ${name}`);
}

function checkTableFunction(part: Part): void {
  const name = isPart(part.function) ? String(part.function.function_name).toLowerCase() : "";
  if (!TABLE_FUNCTIONS.has(name)) throw refused(`the table function ${name}`);
}

/** DESCRIBE and SUMMARIZE hold the query that they are about; SHOW TABLES lists what there is. */
function checkShow(part: Part): void {
  if (isPart(part.query)) return;
  const isTables = part.table_name === '"tables"' && part.catalog_name === "" && part.schema_name === "";
  if (!isTables) throw refused("this kind of SHOW");
}

/** Gives the name of a table that there is not. */
function checkTable(part: Part, { shown }: Names, common: ReadonlySet<string>): string | null {
  const { table_name, schema_name, catalog_name } = part;
  const name = String(table_name);
  if (schema_name !== "" || catalog_name !== "") {
    throw refused(
      `a table of another schema (${[catalog_name, schema_name, name].filter(Boolean).join(".")})`,
    );
  }
  if (shown.has(name.toLowerCase()) || common.has(name.toLowerCase())) return null;
  return name;
}

async function unknownTable(
  connection: DuckDBConnection,
  name: string,
  { shown }: Names,
): Promise<RunlensError> {
  const all = [...shown].sort();
  const reader = await connection.runAndReadAll(
    `SELECT name FROM (VALUES ${all.map(() => "(?)").join(", ")}) AS known(name)
     WHERE jaro_winkler_similarity(name, ?) > 0.75 ORDER BY jaro_winkler_similarity(name, ?) DESC, name LIMIT 3`,
    [...all, name.toLowerCase(), name.toLowerCase()],
  );
  const near = reader.getRows().map(([one]) => String(one));
  const hint = `${near.length > 0 ? `Nearest: ${near.join(", ")}. ` : ""}Tables and views: ${all.join(", ")}.`;
  return new RunlensError("INVALID_INPUT", `There is no table ${plainMessage(name)}.`, hint);
}

function refused(what: string): RunlensError {
  return new RunlensError("INVALID_INPUT", `query_sql does not run ${what}.`, ALLOWED);
}
