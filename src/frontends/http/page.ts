/**
 * The web page: files that the build has made, which ask the REST API for all that they show. There is nothing of
 * anybody's data in them, so that they are given to everybody.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { Hono } from "hono";
import { compress } from "hono/compress";
import type { HttpEnv } from "./context.ts";

/** Nothing but the page's own files may be loaded, run or asked, and nobody may put the page into a frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const INDEX = "index.html";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

interface File {
  content: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
}

/** `/` and what it loads from `/page/`; the files are read once, when the first is asked for. */
export function pageRoutes(folder: URL = pageFolder()): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  let read: Promise<ReadonlyMap<string, File>> | null = null;
  const file = async (name: string): Promise<File | undefined> => {
    read ??= readFiles(folder);
    return (await read).get(name);
  };
  routes.get("/", async (c) => {
    const index = await file(INDEX);
    return index === undefined ? c.notFound() : answer(index, c.req.header("If-None-Match"), "no-cache");
  });
  routes.get("/page/:name", compress(), async (c) => {
    const found = c.req.param("name") === INDEX ? undefined : await file(c.req.param("name"));
    // Its name changes with what is in it.
    const keep = "public, max-age=31536000, immutable";
    return found === undefined ? c.notFound() : answer(found, c.req.header("If-None-Match"), keep);
  });
  return routes;
}

/** The sources, when run by the tests, use what the build has made. */
function pageFolder(): URL {
  const here = import.meta.url;
  return here.endsWith(".ts") ? new URL("../../../dist/page/", here) : new URL("./page/", here);
}

async function readFiles(folder: URL): Promise<ReadonlyMap<string, File>> {
  const names = await readdir(folder);
  const files = names.map(async (name): Promise<[string, File]> => {
    const content = new Uint8Array(await readFile(new URL(name, folder)));
    const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
    return [name, { content, type: TYPES[extname(name)] ?? "application/octet-stream", etag }];
  });
  return new Map(await Promise.all(files));
}

function answer({ content, type, etag }: File, known: string | undefined, cacheControl: string): Response {
  const headers = {
    "Content-Type": type,
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": cacheControl,
    ETag: etag,
  };
  // What was sent compressed comes back as a weak tag.
  if (known?.replace(/^W\//, "") === etag) return new Response(null, { status: 304, headers });
  return new Response(content, { headers });
}
