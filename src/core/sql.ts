/** A question in SQL: what is known, as somebody who writes SQL wants to see it. */
import * as z from "zod";
import type { FactKind } from "../sources/source.ts";
import type { Cell } from "../store/port.ts";
import type { Standing } from "./account.ts";
import type { SourceNote } from "./answers.ts";
import { Facts } from "./facts.ts";
import { common, eventPage, id } from "./inputs.ts";
import { type Knowledge, withView } from "./knowledge.ts";
import { QueryMemory } from "./memory.ts";
import { type PageOptions, paging } from "./page.ts";
import { checkOptions } from "./question-check.ts";
import type { Ask } from "./questions.ts";
import { standingProjects } from "./scope.ts";

export interface SqlOptions extends PageOptions {
  /** One text for each `?` of the statement. */
  params?: readonly string[];
  /** Fetch before answering, whatever the age of what is known. */
  refresh?: boolean;
}

const { limit, cursor } = eventPage();

const Question = z
  .strictObject({ sql: id(), params: z.array(z.string()), limit, cursor, refresh: common.refresh })
  .partial({ params: true, limit: true, cursor: true, refresh: true });

/** A row by the names of its columns; of equal names the later ones have a number behind them. */
export type SqlRow = Record<string, Cell>;

/** Which facts are made fresh: all kinds, as far back as a question without a number of runs looks. */
const KINDS: readonly FactKind[] = [
  "projects",
  "jobs",
  "models",
  "runs",
  "executions",
  "tests",
  "freshness",
  "lineage",
];
const LIMIT = 100;

/** Rows of a statement, with the names and types of their columns in order. */
export class SqlRows extends Array<SqlRow> {
  readonly columns: readonly { name: string; type: string }[];
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
  readonly source: SourceNote;

  constructor(rows: Iterable<SqlRow>, facts: Pick<SqlRows, "columns" | "hasMore" | "nextCursor" | "source">) {
    super();
    for (const row of rows) this.push(row);
    this.columns = facts.columns;
    this.hasMore = facts.hasMore;
    this.nextCursor = facts.nextCursor;
    this.source = facts.source;
  }

  /** `map` and `filter` give plain arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  toJSON(): object {
    return {
      columns: this.columns,
      items: Array.from(this),
      returned: this.length,
      has_more: this.hasMore,
      next_cursor: this.nextCursor,
      source: this.source,
    };
  }
}

/**
 * Runs one reading statement over what is known. A page further on runs it again, on the same facts unless the answer
 * notes that they have changed: only ORDER BY makes sure that no row is left out.
 */
export function querySql(
  context: { knowledge: Knowledge; standing: Standing },
  sql: string,
  options: SqlOptions = {},
  ask: Ask = {},
): Promise<SqlRows> {
  checkOptions(Question, { sql, ...options });
  const { knowledge, standing } = context;
  const { params = [], refresh = false } = options;
  return withView(knowledge, { facts: KINDS }, { ...ask, refresh }, async (view) => {
    const now = knowledge.clock.now();
    const { signal } = ask;
    const facts = new Facts(view, { memory: new QueryMemory(), now, signal, notes: standing.notes });
    const page = paging({ name: "query_sql", sql, params }, options, LIMIT, view.snapshot.generation);
    facts.note(page.note);
    const { offset, limit } = page;
    const projectKeys = await standingProjects(facts, standing.filters);
    const question = { sql, params, offset, limit, projectKeys, now };
    const { columns, rows, more, shortened } = await view.snapshot.sql(question, signal);
    if (shortened) facts.note("The page ends early because its rows are large.");
    return new SqlRows(
      rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]))),
      {
        columns,
        hasMore: more,
        nextCursor: more ? page.cursorAt(offset + rows.length) : null,
        source: facts.source,
      },
    );
  });
}
