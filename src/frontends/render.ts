/** The compact text of an answer: all of it, in as few characters as can still be read. */
import { type Block, type Closing, type Field, grouped, layOut, type Scalar, type Table } from "./layout.ts";

/**
 * The whole answer as text. Tables are rows of ` | `; what comes from elsewhere never starts a line of its own
 * unless indented, so that it cannot pose as a note.
 */
export function renderText(answer: Record<string, unknown>, columns: readonly string[]): string {
  const { blocks, closing } = layOut(answer, { columns, show: "all" });
  const parts = blocks.map(blockText);
  if (closing.returned !== null) parts.unshift(countLine(closing));
  return [...parts, ...closingLines(closing)].join("\n");
}

/** `5 of 17 items`, or what is known of it. */
export function countLine({ returned, total, hasMore }: Closing): string {
  const noun = returned === 1 && total === null ? "item" : "items";
  if (returned === 0) return "no items";
  if (total !== null && total !== returned) return `${returned} of ${total} ${noun}`;
  return hasMore ? `${returned} ${noun}, more follow` : `${returned} ${noun}`;
}

/** Notes, where the facts came from, and how to get the next page. */
function closingLines(closing: Closing): string[] {
  const from = closing.systems.length > 0 ? `source: ${closing.systems.join(", ")}` : "source: none";
  const age = closing.asOf === null ? "" : `, as of ${closing.asOf}`;
  return [
    `${from}${age}${closing.complete ? "" : ", not complete"}`,
    ...closing.notes.map((note) => `note: ${oneLine(note)}`),
    ...(closing.nextCursor === null ? [] : [`next_cursor: ${closing.nextCursor}`]),
  ];
}

function blockText(block: Block): string {
  if (block.kind === "table") return tableText(block);
  return grouped(block.fields).map(groupText).join("\n");
}

/** A field on its own line, or the fields of one object on one. */
function groupText({ name, fields }: { name: string; fields: readonly Field[] }): string {
  if (name === "") return fields.map((field) => fieldText(field.name, field.value)).join("\n");
  return `${name}: ${fields.map((field) => `${field.name} ${cellText(field.value)}`).join("; ")}`;
}

function fieldText(name: string, value: Scalar | Scalar[]): string {
  // Sentences stand below each other; a list of short words reads better on one line.
  if (Array.isArray(value) && value.some((item) => String(item).length > 40)) {
    return `${name}:\n${value.map((item) => `  ${oneLine(String(item))}`).join("\n")}`;
  }
  if (typeof value === "string" && value.includes("\n"))
    return `${name}:\n  ${value.replaceAll("\n", "\n  ")}`;
  return `${name}: ${cellText(value)}`;
}

function tableText(table: Table): string {
  const name = table.name === "items" ? [] : [`${table.name} (${table.rows.length})`];
  const same = table.same.map((field) => `${field.name} ${cellText(field.value)}`).join("; ");
  return [
    ...name,
    ...(same === "" ? [] : [`in all rows: ${same}`]),
    table.columns.join(" | "),
    ...table.rows.map((row) => asRow(row.map((cell) => cellText(cell).replaceAll("|", "\\|")).join(" | "))),
  ].join("\n");
}

/** A row that reads like a line of our own is indented: it is data, whatever it says. */
function asRow(row: string): string {
  return /^\s*(note|source|next_cursor|in all rows)\b/i.test(row) ? `  ${row}` : row;
}

/** One cell on one line; lists are separated by commas, their texts quoted where they hold one. */
export function cellText(value: Scalar | Scalar[] | undefined): string {
  if (value === undefined) return "";
  if (!Array.isArray(value)) return oneLine(String(value));
  return value
    .map((item) => oneLine(/[",]/.test(String(item)) ? JSON.stringify(item) : String(item)))
    .join(", ");
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}
