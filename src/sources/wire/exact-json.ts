/** JSON whose ids are longer than a number can hold exactly. */

/**
 * Sixteen digits and more may lie beyond 2^53. Texts are matched first, so that digits within them stay; digits behind
 * a point or before an exponent are no id.
 */
const LONG_NUMBERS = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** The same JSON with such numbers as text, digit for digit. */
export function withExactIds(json: string): string {
  if (!/\d{16}/.test(json)) return json;
  return json.replace(LONG_NUMBERS, (match) => (match.startsWith('"') ? match : `"${match}"`));
}
