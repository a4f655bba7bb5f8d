/** What may be asked about in SQL: a table of the schema as it may be seen, or a view made of such tables. */
import type { Column } from "../schema.ts";

/** A column as it is documented; `sql` is what it is computed from. */
export interface RelationColumn {
  name: string;
  type: Column["type"] | "JSON";
  comment: string;
  sql: string;
}

export interface Relation {
  name: string;
  comment: string;
  columns: readonly RelationColumn[];
  /** What follows the columns of the SELECT: FROM, and more where it is needed. */
  from: string;
  /** The WITH clause before it, without the word. */
  before?: string;
}

/** The statement that makes the relation in the schema where all is that may be asked about. */
export function createRelation({ name, columns, from, before }: Relation): string {
  const list = columns.map((column) => `${column.sql} AS "${column.name}"`).join(", ");
  return `CREATE VIEW memory.main.${name} AS ${before === undefined ? "" : `WITH ${before} `}SELECT ${list} ${from};`;
}

/** Makes columns of one type. */
const typed =
  (type: RelationColumn["type"]) =>
  (name: string, sql: string, comment: string): RelationColumn => ({ name, type, sql, comment });

export const text = typed("VARCHAR");
export const texts = typed("VARCHAR[]");
export const time = typed("TIMESTAMP");
export const number = typed("DOUBLE");
export const count = typed("BIGINT");
export const flag = typed("BOOLEAN");
export const key = typed("INTEGER");
export const json = typed("JSON");

/** The project and environment of `p` and `e`: what tells apart what has the same name in both. */
export const PLACE: readonly RelationColumn[] = [
  text("project_id", "p.project_id", "project"),
  text("environment", "e.name", "environment"),
];

/** The job and run of `j` and `r`. */
export const RUN: readonly RelationColumn[] = [
  text("job_id", "j.job_id", "job"),
  text("job_name", "j.name", "its display name"),
  text("run_id", "r.run_id", "run"),
];

/** Joins `p` and `e` to `n`, the nodes. */
export const WITH_PLACE = `JOIN projects p ON p.project_key = n.project_key
  JOIN environments e ON e.environment_key = n.environment_key`;

/** Joins `i`, `j` and `r` to `x`, which has an `invocation_key`. */
export const WITH_RUN = `JOIN invocations i ON i.invocation_key = x.invocation_key
  LEFT JOIN jobs j ON j.job_key = i.job_key LEFT JOIN runs r ON r.run_key = i.run_key`;
