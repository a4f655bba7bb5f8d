/** `/docs`: the REST API for people, made of the operations alone. It loads nothing and runs nothing. */
import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import { INPUT_HELP } from "../../core/inputs.ts";
import { ERROR_CODES } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import { answerFields } from "../answer-fields.ts";
import { inputKind, splitsAtCommas } from "../input-kind.ts";
import { API, curlCommand, pathInputs, pathOf } from "./address.ts";
import { roleFor } from "./caller.ts";
import { DOCS_STYLE } from "./docs-style.ts";

/** Where a server listens unless it is told otherwise. */
const SERVER = "http://127.0.0.1:3333";

type Html = ReturnType<typeof html>;

export interface DocsPage {
  html: string;
  /** Content-Security-Policy: this page's own style, and nothing else. */
  policy: string;
}

/** The page. Whatever is put into it is escaped by the template. */
export async function docsPage(operations: readonly Operation[], version: string): Promise<DocsPage> {
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>runlens: REST API</title>
<style>${raw(DOCS_STYLE)}</style>
</head>
<body>
<header>
<h1>runlens: REST API</h1>
<p>How data pipelines ran: what is slow, broken or stale, what it affects, and since when. It only reads.
<span class="soft">Version ${version}.</span></p>
<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
</header>
${contents(operations)}
${manners()}
<main>
${operations.map(article)}
</main>
${errors()}
</body>
</html>
`;
  const hash = createHash("sha256").update(DOCS_STYLE).digest("base64");
  return {
    html: String(page),
    policy: `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function contents(operations: readonly Operation[]): Html {
  return html`<nav aria-label="Operations"><ul>
${operations.map(({ name, path, title }) => html`<li><a href="#${name}">${title}</a> <span class="soft">${path}</span></li>\n`)}</ul></nav>`;
}

/** What all of them share. */
function manners(): Html {
  return html`<section id="asking">
<h2>Asking</h2>
<ul>
<li>Arguments stand in the query, or in the path where the path names them; a list by repeating its name. What is unknown or misspelt is refused.</li>
<li>A list goes on at the address in the header <code>Link</code> with <code>rel="next"</code>, or with <code>cursor</code> from <code>next_cursor</code>.</li>
<li>Send <code>ETag</code> back as <code>If-None-Match</code>: what has not changed is <code>304</code>, without a body.</li>
<li>A key goes into <code>Authorization: Bearer</code>. <a href="api/v1/account">${API}/account</a> says who you are and what you may ask.</li>
<li>Times are ISO 8601 in UTC; names that end in <code>_s</code> are seconds. <code>source</code> says where an answer comes from, how old it is and what is missing.</li>
</ul>
</section>`;
}

function article(operation: Operation): Html {
  const { method, template } = pathOf(operation);
  const least = roleFor(operation);
  return html`<article id="${operation.name}">
<h2>${operation.title}</h2>
<p class="address"><code>${method} ${API}${template}</code></p>
<p>${operation.summary} ${operation.guidance}${least === "viewer" ? "" : ` Needs the role ${least}.`}</p>
${inputs(operation)}
${operation.examples.map(
  ({ ask, input }) => html`<p>${ask}</p>
<pre><code>${curlCommand(operation, input, SERVER)}</code></pre>
`,
)}<details><summary>The answer</summary>
<ul class="fields">
${answerFields(operation).map(
  ({ name, depth, type }) =>
    html`<li class="depth${Math.min(depth, 4)}"><code>${name}</code> <span class="soft">${type}</span></li>\n`,
)}</ul></details>
<p class="soft">Refused and failed questions: <a href="#errors">errors</a>.</p>
</article>
`;
}

function inputs(operation: Operation): Html {
  const { method } = pathOf(operation);
  const inPath = pathInputs(operation);
  const rows = Object.entries(operation.input.shape).map(([name, schema]) => {
    const kind = inputKind(schema);
    const one = kind.choices?.join(", ") ?? kind.type;
    const several = splitsAtCommas(name, kind) ? "list (also with commas) of" : "list of";
    const place = inPath.includes(name) ? "path" : method === "GET" ? "query" : "body";
    return html`<tr><td><code>${name}</code></td><td>${place}${kind.required || place === "path" ? ", required" : ""}</td>
<td>${kind.list ? `${several} ${one}` : one}</td><td>${kind.default === undefined ? "" : String(kind.default)}</td>
<td>${INPUT_HELP[name] ?? ""}</td></tr>
`;
  });
  if (rows.length === 0) return html`<p>It takes no arguments.</p>`;
  return html`<div class="wide"><table>
<thead><tr><th>argument</th><th>in</th><th>type</th><th>default</th><th>meaning</th></tr></thead>
<tbody>
${rows}</tbody>
</table></div>`;
}

function errors(): Html {
  return html`<section id="errors">
<h2>Errors</h2>
<p>Every error has one body: <code>{ "error": { "code", "message", "hint", "request_id" } }</code>. <code>hint</code> is the next
move; <code>Retry-After</code> says when to ask again, where that is known.</p>
<div class="wide"><table>
<thead><tr><th>status</th><th>code</th><th>when</th></tr></thead>
<tbody>
${Object.entries(ERROR_CODES).map(
  ([code, { status, meaning }]) =>
    html`<tr><td>${status}</td><td><code>${code}</code></td><td>${meaning}</td></tr>\n`,
)}<tr><td>405</td><td><code>INVALID_INPUT</code></td><td>The path is asked by another method; <code>Allow</code> names it.</td></tr>
</tbody>
</table></div>
</section>`;
}
