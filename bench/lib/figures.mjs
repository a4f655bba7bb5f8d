/** What is reported: a figure, its target, and the table of them. */

/**
 * @typedef {object} Figure
 * @property {string} group
 * @property {string} name
 * @property {number} value
 * @property {string} unit `x` is a ratio
 * @property {number | null} target the largest value that is good enough; null where there is none
 * @property {string} detail how the value comes about
 */

/** @param {string} group @param {string} name @param {number} value @param {string} unit @param {number | null} target @param {string} detail @returns {Figure} */
export function figure(group, name, value, unit, target, detail) {
  return { group, name, value, unit, target, detail };
}

/** @param {Figure} figure @returns {boolean | null} null where there is no target */
export function passes({ value, target }) {
  return target === null ? null : value <= target;
}

/** @param {number} value @param {string} unit */
export function format(value, unit) {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3;
  const text = ["tokens", "bytes", "requests"].includes(unit)
    ? String(Math.round(value))
    : value.toFixed(digits);
  return unit === "x" ? `${text}x` : `${text} ${unit}`;
}

/** The figures as a Markdown table, its columns padded to be read as it stands. @param {readonly Figure[]} figures */
export function table(figures) {
  const rows = figures.map((figure) => {
    const passed = passes(figure);
    return [
      `${figure.group}: ${figure.name}`,
      format(figure.value, figure.unit),
      figure.target === null ? "" : `<= ${format(figure.target, figure.unit)}`,
      passed === null ? "" : passed ? "pass" : "FAIL",
      figure.detail,
    ];
  });
  return markdown([["figure", "value", "target", "", "how"], ...rows]);
}

/** @param {string[][]} rows the first are the headings */
export function markdown(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
