/** What is told of arguments in a log: nothing that lets somebody in, and nothing that is longer than a line. */
import { cleanText, isRecord } from "../clean.ts";

const MASK = "[masked]";
/** Characters of a value; a SELECT of usual length is told in full. */
const LONGEST = 500;
const MOST_ITEMS = 20;
const DEEPEST = 4;

/** Names whose values are secrets, in whatever spelling. */
const SECRET_NAME =
  /pass(word|wd|phrase)|secret|token|api[-_]?key|credential|authorization|cookie|private[-_]?key/i;

/** What secrets look like wherever they stand. */
const SECRETS: readonly RegExp[] = [
  // Keys of this server, and tokens signed as JWT.
  /\brl_[\w-]{20,}/g,
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g,
  // Tokens of dbt Cloud, Paradime, Dagster+, GitHub, Slack and AWS, as their vendors mark them.
  /\bdbt[cu]_[^\s"',;)]{8,}/g,
  /\bprdm_[\w-]{8,}/g,
  /\b(user|agent):[\w-]{1,60}:[0-9a-f]{16,}/g,
  /\b(gh[opsur]|github_pat|xox[abprs])[_-][\w-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g,
  // A scheme of HTTP with what belongs to it, and a password in an address.
  /\b(bearer|basic|token)\s+[\w.~+/-]{12,}=*/gi,
  /(?<=:\/\/[^/\s:@]{0,100}:)[^/\s@]+(?=@)/g,
  // A setting with its value, as people paste them.
  /(?<=\b(password|passwd|secret|token|api_?key)["']?\s*[:=]\s*["']?)[^\s"',;)]{4,}/gi,
];

/** The value as a log may have it. */
export function masked(value: unknown, name = "", depth = 0): unknown {
  if (SECRET_NAME.test(name) && value !== null && typeof value !== "boolean") return MASK;
  if (typeof value === "string") return maskedText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST) return "…";
  if (Array.isArray(value)) {
    const told = value.slice(0, MOST_ITEMS).map((item) => masked(item, name, depth + 1));
    return value.length > MOST_ITEMS ? [...told, `… ${value.length - MOST_ITEMS} more`] : told;
  }
  if (!isRecord(value)) return "…";
  const entries = Object.entries(value).slice(0, MOST_ITEMS);
  return Object.fromEntries(
    entries.map(([key, inner]) => [maskedText(key.slice(0, 100)), masked(inner, key, depth + 1)]),
  );
}

/** Masked before it is cut: the beginning of a secret is not told either. */
export function maskedText(text: string): string {
  const within = text.slice(0, LONGEST * 20);
  const plain = SECRETS.reduce((left, secret) => left.replaceAll(secret, MASK), within);
  return cleanText(plain, LONGEST);
}
