/** Pages of lists: the envelope, the cursor, and a list that is an array of objects with that envelope. */
import { createHash } from "node:crypto";
import { RunlensError } from "../errors.ts";
import type { SourceNote } from "./answers.ts";

export interface PageOptions {
  /** At most so many items; each operation has its own default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

interface Cursor {
  /** Fingerprint of the question, so that a cursor of another one is refused. */
  q: string;
  /** Items before this page. */
  o: number;
  /** Generation of the page before. */
  g: string;
}

/** Where the page asked for begins, and how to speak of the next one. */
export interface Paging {
  offset: number;
  limit: number;
  /** Set when the facts have changed since the page before. */
  note: string | null;
  cursorAt(offset: number): string;
}

/**
 * Reads the cursor. `question` is whatever tells one list from another (its name and filters).
 * Throws `INVALID_INPUT` for a cursor that is damaged or belongs to another question.
 */
export function paging(
  question: unknown,
  options: PageOptions,
  defaultLimit: number,
  generation: string,
): Paging {
  const fingerprint = createHash("sha256").update(JSON.stringify(question)).digest("base64url").slice(0, 12);
  const limit = options.limit ?? defaultLimit;
  const cursorAt = (offset: number) => {
    const cursor: Cursor = { q: fingerprint, o: offset, g: generation };
    return Buffer.from(JSON.stringify(cursor)).toString("base64url");
  };
  if (options.cursor === undefined) return { offset: 0, limit, note: null, cursorAt };
  const cursor = readCursor(options.cursor);
  if (cursor === null) {
    throw new RunlensError(
      "INVALID_INPUT",
      "The cursor cannot be read.",
      "Pass next_cursor as it came, or leave cursor out to start again.",
    );
  }
  if (cursor.q !== fingerprint) {
    throw new RunlensError(
      "INVALID_INPUT",
      "The cursor belongs to another question.",
      "Repeat all arguments of the page before (limit may differ), or leave cursor out to start again.",
    );
  }
  const note =
    cursor.g === generation
      ? null
      : "The facts have changed since the page before; items may have moved between pages.";
  return { offset: cursor.o, limit, note, cursorAt };
}

function readCursor(text: string): Cursor | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (typeof value !== "object" || value === null) return null;
    if (!("q" in value && "o" in value && "g" in value)) return null;
    const { q, o, g } = value;
    if (typeof q !== "string" || typeof g !== "string") return null;
    return typeof o === "number" && Number.isSafeInteger(o) && o >= 0 ? { q, o, g } : null;
  } catch {
    return null;
  }
}

/** Anything that becomes an item of a list. */
export interface Item {
  toJSON(): object;
}

export interface ListFacts {
  total?: number;
  hasMore: boolean;
  nextCursor: string | null;
  source: SourceNote;
}

/** An array of objects that also knows its page; `toJSON` is the envelope of the operation's answer. */
export class List<T extends Item> extends Array<T> {
  readonly total: number | undefined;
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
  readonly source: SourceNote;

  constructor(items: Iterable<T>, facts: ListFacts) {
    super();
    for (const item of items) this.push(item);
    this.total = facts.total;
    this.hasMore = facts.hasMore;
    this.nextCursor = facts.nextCursor;
    this.source = facts.source;
  }

  /** `map` and `filter` give plain arrays: what they return is no page. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  toJSON(): object {
    return {
      items: Array.from(this, (item) => item.toJSON()),
      returned: this.length,
      ...(this.total === undefined ? {} : { total: this.total }),
      has_more: this.hasMore,
      next_cursor: this.nextCursor,
      source: this.source,
    };
  }
}
