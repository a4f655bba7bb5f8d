// Builds dist/: the binary, the library and the two workers as one set of ES modules that share chunks.
// DuckDB's native binary stays outside as a package of its own; all else is bundled, so that a start reads
// few files. `--types` adds the declarations (tsc), which only a release needs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const entries = {
  runlens: "src/bin/runlens.ts",
  index: "src/index.ts",
  "writer-worker": "src/store/writer-worker.ts",
  "parser-worker": "src/sources/artifacts/parser-worker.ts",
  "results-worker": "src/sources/dbt/results-worker.ts",
  "scripts/gen": "scripts/gen.ts",
};
// Bundled alone: what it shares with the product is not to change how the product is cut into chunks. The recorder
// has the product in it, which looks for its workers where it lies itself.
const alone = {
  "scripts/emulator-dbt-cloud": "test/emulators/dbt-cloud/main.ts",
  "scripts/emulator-dagster": "test/emulators/dagster/main.ts",
  "scripts/emulator-paradime": "test/emulators/paradime/main.ts",
  "scripts/dagster": "test/live/dagster/main.ts",
  "scripts/screenshots": "test/live/page/screenshots.ts",
  "scripts/record": "scripts/record.ts",
  "scripts/mcpb": "scripts/mcpb.ts",
  "scripts/writer-worker": "src/store/writer-worker.ts",
  "scripts/results-worker": "src/sources/dbt/results-worker.ts",
};

const options = {
  outdir: "dist",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  minify: true,
  sourcemap: false,
  legalComments: "linked",
  external: ["@duckdb/node-bindings", "playwright-core"],
  define: { "process.env.RUNLENS_VERSION": JSON.stringify(version) },
  banner: {
    // Bundled CommonJS packages call require for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: "warning",
  metafile: true,
};
// The web page, for browsers: its script and its styles, named by what is in them so that they may be kept for ever.
const page = {
  entryPoints: { page: "src/page/main.ts", style: "src/page/page.css" },
  outdir: "dist/page",
  entryNames: "[name]-[hash]",
  bundle: true,
  platform: "browser",
  format: "esm",
  target: ["chrome120", "firefox120", "safari17"],
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
  metafile: true,
};
const existing = (files) => Object.fromEntries(Object.entries(files).filter(([, file]) => existsSync(file)));
const results = await Promise.all([
  build({
    ...options,
    entryPoints: existing(entries),
    splitting: true,
    chunkNames: "chunk-[name]-[hash]",
  }),
  build({ ...options, entryPoints: existing(alone) }),
  build(page),
]);
// What an earlier build left is removed last, so that a process that runs from dist/ always finds its files.
const outputs = results.flatMap(({ metafile }) => Object.keys(metafile.outputs));
outputs.push(writePage(outputs.filter((file) => file.startsWith(`${page.outdir}/`))));
const built = new Set(outputs.map((file) => resolve(file)));
for (const entry of readdirSync("dist", { recursive: true, withFileTypes: true })) {
  const file = resolve(entry.parentPath, entry.name);
  if (entry.isFile() && !built.has(file) && !file.startsWith(resolve("dist/types"))) rmSync(file);
}

/** The page itself, which names the two files that it loads; gives where it lies. */
function writePage(files) {
  const file = join(page.outdir, "index.html");
  const nameOf = (type) => `page/${basename(files.find((one) => one.endsWith(type)))}`;
  const text = readFileSync("src/page/index.html", "utf8");
  writeFileSync(file, text.replace("{{css}}", nameOf(".css")).replace("{{js}}", nameOf(".js")));
  return file;
}

if (process.argv.includes("--types")) {
  const result = spawnSync("npx", ["tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
