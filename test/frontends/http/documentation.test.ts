import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/errors.ts";
import { docsPage } from "../../../src/frontends/http/docs-page.ts";
import { openApi } from "../../../src/frontends/http/openapi.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { operations } from "../../../tools/index.ts";
import { askFake, keptLog, listRows } from "../fake.ts";

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    operations,
    resources: [],
    ask: askFake,
    askAbout: () => askFake,
    log: keptLog().log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
    // Lets nobody in.
    access: {
      isProtected: true,
      admit: () => Promise.reject(new Error("no key")),
      challenge: () => null,
      metadata: () => ({ authorization_servers: ["https://login.example"] }),
      close: () => undefined,
    },
  });
});
afterAll(() => server.close());

describe("/openapi.json", () => {
  it("is the document, also for who has no key yet", async () => {
    const response = await fetch(`${server.url}/openapi.json`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    const document = openApi(operations, {
      version: "1.2.3",
      isProtected: true,
      issuers: ["https://login.example"],
    });
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    const tag = response.headers.get("etag") ?? "";
    const again = await fetch(`${server.url}/openapi.json`, { headers: { "if-none-match": tag } });
    expect(again.status).toBe(304);
  });

  it("is compressed, and smaller than 40 kB then", async () => {
    const response = await fetch(`${server.url}/openapi.json`, { headers: { "accept-encoding": "gzip" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const { gzipSync } = await import("node:zlib");
    expect(gzipSync(await response.text()).length).toBeLessThan(40_000);
  });
});

describe("/docs", () => {
  const page = () => fetch(`${server.url}/docs`);

  it("loads nothing, runs nothing, and may do neither", async () => {
    const response = await page();
    const html = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(response.headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(style).toContain("prefers-color-scheme: dark");
    expect(html).not.toMatch(/<script|<img|<link|<iframe|style="|@import|url\(|src=/);
    // What it leads to are places on the page or of the server; addresses of examples are text.
    const targets = [...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1] ?? "");
    expect(targets.length).toBeGreaterThan(operations.length);
    for (const target of targets) expect(target).toMatch(/^(#\w+|openapi\.json|api\/v1\/account)$/);
    for (const target of targets.filter((each) => each.startsWith("#")))
      expect(html).toContain(`id="${target.slice(1)}"`);
  });

  it("has every operation with its arguments, and every error", async () => {
    const html = await (await page()).text();
    for (const { name, path, input, examples } of operations) {
      const article = html.slice(html.indexOf(`<article id="${name}">`)).split("</article>")[0] ?? "";
      expect(article).toContain(`<code>${path.replace(" ", " /api/v1")}</code>`);
      expect(article.match(/<tr><td>/g)?.length).toBe(Object.keys(input.shape).length);
      expect(article.match(/<pre><code>curl /g)?.length).toBe(examples.length);
    }
    for (const code of Object.keys(ERROR_CODES)) expect(html).toContain(`<code>${code}</code>`);
  });

  it("escapes whatever is put into it", async () => {
    const evil = `<script>alert("1")</script>&'`;
    const { html } = await docsPage(
      [
        {
          ...listRows,
          title: evil,
          summary: evil,
          guidance: evil,
          examples: [{ ask: evil, input: { tags: [evil] } }],
        },
      ],
      evil,
    );
    expect(html).not.toContain("<script");
    expect(html).not.toContain(`&'`);
    expect(html).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;");
  });

  it("is well-formed: what is opened is closed", async () => {
    const html = await (await page()).text();
    const open: string[] = [];
    for (const [, end, name = ""] of html.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
      if (name === "meta") continue;
      if (end === "/") expect(open.pop()).toBe(name);
      else open.push(name);
    }
    expect(open).toEqual([]);
  });
});
