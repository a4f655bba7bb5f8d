/**
 * Lets web pages of this machine, such as the page of the MCP Inspector, speak MCP: a browser asks first whether they may.
 * Which origins may, the guard has said before; it turns all others away.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { HttpEnv } from "./context.ts";

/** Seconds for which a browser need not ask again. */
const REMEMBERED_S = 600;

/** To be used behind the guard. */
export function corsForPages(): MiddlewareHandler<HttpEnv> {
  const answer = cors({
    origin: (origin) => origin,
    // Clients end their session by DELETE, and have to be able to read that there is none.
    allowMethods: ["GET", "POST", "DELETE"],
    exposeHeaders: ["Mcp-Session-Id", "WWW-Authenticate", "Retry-After", "X-Request-Id"],
    maxAge: REMEMBERED_S,
  });
  return (c, next) => (c.req.header("origin") === undefined ? next() : answer(c, next));
}
