/** Draws one table; loaded with the first one, because the library behind it is large. */
import { table } from "table";

export interface Drawing {
  heads: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns whose cells stand on the right. */
  isNumeric: readonly boolean[];
}

/** Columns two spaces apart, a line under the heads, nothing else. */
export function drawTable({ heads, rows, isNumeric }: Drawing): string {
  const drawn = table([[...heads], ...rows.map((row) => [...row])], {
    border: { bodyJoin: "  ", joinBody: "─", joinJoin: "──" },
    columnDefault: { paddingLeft: 0, paddingRight: 0 },
    columns: isNumeric.map((numeric) => ({ alignment: numeric ? "right" : "left" })),
    drawVerticalLine: (index, count) => index > 0 && index < count,
    drawHorizontalLine: (index) => index === 1,
  });
  return drawn
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}
