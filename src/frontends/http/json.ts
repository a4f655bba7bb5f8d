/** An answer as JSON, with what a client needs to ask for it again only where it has changed. */
import { createHash } from "node:crypto";
import type { Context } from "hono";

/**
 * 200 with `value`. The length lets small answers go out as they are instead of compressed; the tag is made here, where
 * the text lies in one piece, so that no stream has to be read twice.
 */
export function jsonAnswer(c: Context, value: unknown): Response {
  return taggedAnswer(c, JSON.stringify(value), "application/json");
}

/** 200 with `text`. */
export function taggedAnswer(c: Context, text: string, type: string): Response {
  return c.body(text, 200, {
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(text)),
    ...(c.req.method === "POST" ? {} : { ETag: tagOf(text) }),
  });
}

/** As long as a SHA-1 in base64: enough to tell two answers apart. */
function tagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;
}
