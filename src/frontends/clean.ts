/**
 * Names, SQL, messages and logs come from elsewhere: they are data. Every answer passes here once before any
 * front end shows it, so that no terminal sequence and no endless text leaves runlens.
 */

/** Longest text in an answer, in UTF-16 units; SQL, asked for as such, may be longer. */
const LONGEST_TEXT = 4_000;
const LONGEST_SQL = 60_000;

// Most texts are plain and need no closer look.
const PLAIN = /^[\t\n -~]*$/;
// Controls but for tab and line feed, and the marks that reorder or hide text.
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Bidi_C}\u200b\u2028\u2029\u2060\ufeff\u{e0000}-\u{e007f}]/u;
const ALL_UNSAFE = new RegExp(UNSAFE, "gu");
// A whole terminal sequence goes, else its printable rest would stay behind as noise. The escape character is
// any control that a text has no use for.
const SEQUENCES =
  /(?![\t\n\r])(?:\p{Cc}\[|\u009b)[0-?]*[ -/]*[@-~]|(?![\t\n\r])\p{Cc}\][^\p{Cc}]*(?:(?![\t\n\r])\p{Cc}\\?)?/gu;

/** `text` without control characters, cut after `longest` with a mark that says how much is gone. */
export function cleanText(text: string, longest = LONGEST_TEXT): string {
  const plain =
    PLAIN.test(text) || !UNSAFE.test(text)
      ? text
      : text.replaceAll("\r\n", "\n").replace(SEQUENCES, "").replace(ALL_UNSAFE, "");
  return cut(plain, longest);
}

/**
 * `text` cut after `longest` units, never inside a character, with a mark that says how much is gone; `before`
 * is what was gone already.
 */
export function cut(text: string, longest: number, before = 0): string {
  if (text.length <= longest) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(longest - 1)) ? longest - 1 : longest;
  return `${text.slice(0, end)}… [${text.length - end + before} more characters]`;
}

/** What was made of answers that are still remembered. */
const cleaned = new WeakMap<Record<string, unknown>, Record<string, unknown>>();

/** A copy of an answer with every text in it clean; of the same answer the same copy, which nobody may change. */
export function cleanAnswer(answer: Record<string, unknown>): Record<string, unknown> {
  const known = cleaned.get(answer);
  if (known !== undefined) return known;
  const copy = cleanRecord(answer);
  cleaned.set(answer, copy);
  return copy;
}

/** Keys are ours, or names from elsewhere in a record. */
function cleanRecord(answer: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => [cleanText(key, 200), cleanValue(value, key)]),
  );
}

function cleanValue(value: unknown, key: string): unknown {
  if (typeof value === "string") return cleanText(value, key.endsWith("_sql") ? LONGEST_SQL : LONGEST_TEXT);
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, key));
  return isRecord(value) ? cleanRecord(value) : value;
}

/** An object with named fields: no array, no null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
