/**
 * What the REST API can do, for programs at `/openapi.json` and for people at `/docs`. Both hold no data of anybody, and
 * are read before there is a key, so that they are open to whoever may reach the server.
 */
import { Hono } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import type { Operation } from "../../operation.ts";
import type { Access } from "./access/access.ts";
import type { HttpEnv } from "./context.ts";
import { taggedAnswer } from "./json.ts";

/** They change with the version of the server alone. */
const CACHE_CONTROL = "public, max-age=300";

export interface DocumentationOptions {
  operations: readonly Operation[];
  version: string;
  access: Pick<Access, "isProtected" | "metadata">;
}

export function documentation(options: DocumentationOptions): Hono<HttpEnv> {
  const pages = new Hono<HttpEnv>();
  // Made for the first reader, and then kept.
  const description = once(() => describe(options));
  const page = once(async () => {
    const { docsPage } = await import("./docs-page.ts");
    return docsPage(options.operations, options.version);
  });
  for (const path of ["/openapi.json", "/docs"]) pages.use(path, compress(), etag());
  pages.get("/openapi.json", async (c) => {
    c.header("Cache-Control", CACHE_CONTROL);
    return taggedAnswer(c, await description(), "application/json");
  });
  pages.get("/docs", async (c) => {
    const { html, policy } = await page();
    c.header("Cache-Control", CACHE_CONTROL);
    c.header("Content-Security-Policy", policy);
    c.header("Referrer-Policy", "no-referrer");
    return taggedAnswer(c, html, "text/html; charset=utf-8");
  });
  return pages;
}

async function describe({ operations, version, access }: DocumentationOptions): Promise<string> {
  const { openApi } = await import("./openapi.ts");
  const servers = access.metadata()?.authorization_servers;
  const issuers = Array.isArray(servers) ? servers.map(String) : [];
  return JSON.stringify(openApi(operations, { version, isProtected: access.isProtected, issuers }));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
