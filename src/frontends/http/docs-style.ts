/** How `/docs` looks: the reader's own fonts, light or dark as they have it, nothing from elsewhere. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --text: #1c2430; --soft: #56616f; --line: #d9dee5; --back: #ffffff; --code: #f3f5f8; --link: #0b57b0; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ee; --soft: #a3adba; --line: #353d48; --back: #14181e; --code: #1e242c; --link: #7db7ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; background: var(--back); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1, h2 { line-height: 1.25; }
article, section { border-top: 1px solid var(--line); margin-top: 2rem; scroll-margin-top: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
code { background: var(--code); border-radius: 3px; padding: 0.1em 0.3em; overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: 6px; padding: 0.8rem; overflow-x: auto; }
pre code { padding: 0; overflow-wrap: normal; }
.address { font-size: 1.05rem; }
.soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: 0.35rem 0.7rem 0.35rem 0; text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
td:first-child code { white-space: nowrap; }
td:last-child { min-width: 14rem; }
nav ul { columns: 18rem; list-style: none; padding: 0; }
nav li { break-inside: avoid; }
ul.fields { list-style: none; padding: 0; }
.depth0 { padding-left: 0; } .depth1 { padding-left: 1.5rem; } .depth2 { padding-left: 3rem; } .depth3 { padding-left: 4.5rem; } .depth4 { padding-left: 6rem; }
`;
