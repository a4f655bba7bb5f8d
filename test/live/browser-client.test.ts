/** The official client in a page of another server of this machine, as in the page of the MCP Inspector, asks directly. */
import { createServer } from "node:http";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "../../tools/index.ts";
import { hasBrowser, openBrowser } from "./browser.ts";
import { openBench } from "./processes.ts";

const bench = openBench();
let server: string;
let page = "";
const pages = createServer((_, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end("<!doctype html><title>A page</title>");
});

/** Lists the tools, calls one and says what came; it runs in the page. */
const SCRIPT = `
  import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
  globalThis.ask = async (url, mode) => {
    const client = new Client({ name: "page", version: "1.0.0" }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    const { tools } = await client.listTools();
    const { structuredContent } = await client.callTool({ name: "list_projects", arguments: {} });
    await client.close();
    return JSON.stringify({ tools: tools.length, total: structuredContent.total });
  };
`;

beforeAll(async () => {
  server = await bench.serve(["--demo"]);
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const address = pages.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  page = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  pages.closeAllConnections();
  pages.close();
  await bench.clear();
});

test.runIf(hasBrowser)("a client in a browser lists the tools and calls one, by both protocols", async () => {
  const bundled = await build({
    stdin: { contents: SCRIPT, resolveDir: import.meta.dirname },
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  const browser = await openBrowser();
  try {
    const tab = await browser.newPage();
    await tab.goto(page);
    await tab.addScriptTag({ content: bundled.outputFiles[0]?.text ?? "" });
    for (const mode of ["'legacy'", "{ pin: '2026-07-28' }"]) {
      const told = await tab.evaluate(`ask('${server}/mcp', ${mode})`);
      expect(JSON.parse(String(told))).toEqual({ tools: operations.length, total: 1 });
    }
  } finally {
    await browser.close();
  }
});
