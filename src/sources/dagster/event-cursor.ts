/** Where a scan goes on. The server's cursors stand between pages only; ours also stand within one. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { eventTypeOf } from "../../core/vocabulary.ts";
import { RunlensError } from "../../errors.ts";
import type { EventQuery } from "../source.ts";

/** A place in the log of a run. */
export interface Place {
  /** The server's cursor after which a page begins; null for the first page. */
  after: string | null;
  /** Events after it that have been looked at. */
  passed: number;
}

const Cursor = z.object({ c: z.string().nullable(), k: z.int().min(0), f: z.string() });

/** What tells one scan from another. */
export function fingerprint(runId: string, { types, levels, step }: EventQuery): string {
  const asked = [runId, types && [...types].map(eventTypeOf).sort(), levels && [...levels].sort(), step];
  return createHash("sha256").update(JSON.stringify(asked)).digest("base64url").slice(0, 12);
}

export function writeCursor({ after, passed }: Place, f: string): string {
  return Buffer.from(JSON.stringify({ c: after, k: passed, f })).toString("base64url");
}

/** The place that a cursor names, `INVALID_INPUT` where it is damaged or of another scan. */
export function readCursor(text: string | null, f: string): Place {
  if (text === null) return { after: null, passed: 0 };
  const cursor = Cursor.safeParse(parsed(text));
  if (!cursor.success) {
    throw new RunlensError(
      "INVALID_INPUT",
      "The cursor cannot be read.",
      "Pass next_cursor as it came, or leave cursor out to start again.",
    );
  }
  const { c, k, f: of } = cursor.data;
  if (of !== f) {
    throw new RunlensError(
      "INVALID_INPUT",
      "The cursor belongs to another run or other filters.",
      "Repeat run, types, step and level of the page before (limit may differ), or leave cursor out to start again.",
    );
  }
  return { after: c || null, passed: k };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
