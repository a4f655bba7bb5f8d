/**
 * Finding where JSON values end, in bytes, without parsing them.
 *
 * All functions look at `bytes` from `from` on and give the index after what they skip, or `-1` when the bytes
 * end first. They trust the text to be JSON: what is kept is parsed by `JSON.parse` afterwards, what is thrown
 * away need only be balanced.
 */

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** Strings shorter than this are walked; beyond it a native search is faster than its call costs. */
const SHORT_STRING = 40;

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Index of the first byte that is not white space; `bytes.length` when there is none. */
export function afterSpace(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let at = from;
  while (at < length && isSpace(bytes[at] ?? 0)) at++;
  return at;
}

/** The end of a string whose opening quote is before `from`. */
export function endOfString(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let at = from;
  for (;;) {
    const near = Math.min(at + SHORT_STRING, length);
    while (at < near) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
    }
    if (at >= length) return -1;
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) return -1;
    if (backslashesBefore(bytes, quote, at) % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

/** How many backslashes stand directly before `end`, looking back no further than `start`. */
export function backslashesBefore(bytes: Uint8Array, end: number, start: number): number {
  let at = end - 1;
  while (at >= start && bytes[at] === BACKSLASH) at--;
  return end - 1 - at;
}

/** The end of the object or array that opens at `from`. */
export function endOfContainer(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  let depth = 0;
  let at = from;
  while (at < length) {
    const byte = bytes[at] ?? 0;
    at++;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      if (at === -1) return -1;
      continue;
    }
    // Setting this bit makes `[` a `{` and `]` a `}`; no other byte of JSON's structure becomes one of them.
    const folded = byte | 0x20;
    if (folded === OPEN_BRACE) depth++;
    else if (folded === CLOSE_BRACE) {
      depth--;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** The end of a number or literal; `-1` when it reaches the end of `bytes`, since more of it may follow. */
export function endOfScalar(bytes: Uint8Array, from: number): number {
  const length = bytes.length;
  for (let at = from; at < length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === COMMA || (byte | 0x20) === CLOSE_BRACE || isSpace(byte)) return at;
  }
  return -1;
}

/** The end of the value that begins at `from`, which is not white space. */
export function endOfValue(bytes: Uint8Array, from: number): number {
  const byte = bytes[from] ?? 0;
  if (byte === QUOTE) return endOfString(bytes, from + 1);
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return endOfContainer(bytes, from);
  return endOfScalar(bytes, from);
}
