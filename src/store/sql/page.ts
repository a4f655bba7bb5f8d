/** The page that describes what may be asked about in SQL: the resource `runlens://schema`, and docs/sql.md. */
import { LIMITS } from "./enclosure.ts";
import { PARADIME_VIEWS } from "./paradime-views.ts";
import type { Relation } from "./relation.ts";
import { SHOWN_TABLES, tableRelation } from "./tables.ts";
import { VIEWS } from "./views.ts";

const INTRODUCTION = `# Tables for query_sql

\`query_sql\` runs one read-only statement in DuckDB's dialect: SELECT (also WITH ... SELECT), DESCRIBE or SUMMARIZE of a table, or SHOW TABLES. It reads the facts of the configured sources, from every system alike, and everything that has ever been fetched: history stays after the vendor's API has dropped it, and what was never fetched is not there. Asking makes the newest facts fresh first.

- Times are UTC, without a zone; \`now()\` and \`current_date\` are too, so that \`ended_at > now() - INTERVAL 7 DAY\` is right. Names that end in \`_s\` are seconds.
- Each \`?\` takes the next text of \`params\`; DuckDB casts it to what is needed.
- Keys (\`*_key\`) join tables. They hold within one store: do not keep them.
- A name may exist in several projects and environments; \`project_id\` and \`environment\` tell them apart.
- The answer has the rows as \`items\` and the names and types of their \`columns\`. Whole numbers past 2^53, decimals of more than 15 digits, NaN and infinities are texts. Of columns with the same name the later ones get a number: \`n\`, \`n_1\`.
- \`next_cursor\` runs the statement again and goes on after the last row. Write ORDER BY to get each row once; a note says so where the facts have changed meanwhile.
- A statement may take ${LIMITS.time_ms / 1000} seconds (\`TIMEOUT\`) and ${LIMITS.memory_mb} MB (\`TOO_LARGE\`); a page ends early, with a note, at ${LIMITS.characters / 1e6} million characters.
- Nothing else can be reached: no files, other databases, settings, extensions or several statements. In FROM these functions may stand: range, generate_series, unnest, json_each, json_tree. PIVOT is written with FILTER: \`count(*) FILTER (status = 'error')\`.`;

/** The whole page in Markdown. */
export function schemaPage(): string {
  // Only names and comments of the columns are asked for: what they are read from does not matter.
  const reading = { catalog: "", sourceKeys: null, shown: null, home: "" };
  const tables = SHOWN_TABLES.map((table) => tableRelation(table, reading, null));
  return [
    INTRODUCTION,
    "## Views\n\nWhat most questions need, without a join.",
    ...VIEWS.map(section),
    "## Views of Paradime's names\n\nThe tables of Paradime's metadata SDK with its columns, over the facts of every system. Failed commands are in them, names and freshness periods are right, and a test counts within its own schedule only.",
    ...PARADIME_VIEWS.map(section),
    "## Tables\n\nThe facts as they are kept.",
    ...tables.map(section),
    "",
  ].join("\n\n");
}

function section({ name, comment, columns }: Relation): string {
  const lines = columns.map((column) => `- \`${column.name}\` ${column.type}: ${column.comment}`);
  return `### ${name}\n\n${comment}\n\n${lines.join("\n")}`;
}
