/** API keys: what they look like, how they are kept, and how one is found among those that are valid. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Role } from "../caller.ts";

/** By which a key is told from a token, and found where it does not belong. */
const PREFIX = "rl_";
const BYTES = 32;

/** A key as its file has it. Several may have one name, so that a new one is valid before the old one is taken away. */
export interface Key {
  name: string;
  /** SHA-256 of the whole key. */
  hash: Buffer;
  role: Role;
  /** Null where all may be seen. */
  projects: readonly string[] | null;
  /** Null where there is no limit. */
  perMinute: number | null;
  /** Epoch milliseconds; null for a key that stays valid. */
  expiresAt: number | null;
}

/** A key that nobody has yet: 256 random bits. */
export function newKey(): string {
  return `${PREFIX}${randomBytes(BYTES).toString("base64url")}`;
}

export function isKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * What is kept of a key. A slow hash would protect what people choose and others guess; nobody guesses 256 random bits,
 * and a fast hash cannot be used to keep the server busy.
 */
export function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** The entry of this key; null where there is none. Takes as long whichever it is. */
export function findKey(keys: readonly Key[], key: string): Key | null {
  const hash = hashOf(key);
  let found: Key | null = null;
  for (const candidate of keys) if (timingSafeEqual(candidate.hash, hash)) found = candidate;
  return found;
}
