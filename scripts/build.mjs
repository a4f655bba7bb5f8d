// Builds dist/: the binary, the library and the two workers as one set of ES modules that share chunks.
// DuckDB's native binary stays outside as a package of its own; all else is bundled, so that a start reads
// few files. `--types` adds the declarations (tsc), which only a release needs.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));
const entries = {
  runlens: "src/bin/runlens.ts",
  index: "src/index.ts",
  "writer-worker": "src/store/writer-worker.ts",
  "parser-worker": "src/sources/artifacts/parser-worker.ts",
  "scripts/gen": "scripts/gen.ts",
};

const { metafile } = await build({
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
  outdir: "dist",
  bundle: true,
  splitting: true,
  chunkNames: "chunk-[name]-[hash]",
  platform: "node",
  format: "esm",
  target: "node20.19",
  minify: true,
  sourcemap: false,
  legalComments: "linked",
  external: ["@duckdb/node-bindings"],
  define: { "process.env.RUNLENS_VERSION": JSON.stringify(version) },
  banner: {
    // Bundled CommonJS packages call require for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: "warning",
  metafile: true,
});
// What an earlier build left is removed last, so that a process that runs from dist/ always finds its files.
const built = new Set(Object.keys(metafile.outputs).map((file) => resolve(file)));
for (const entry of readdirSync("dist", { recursive: true, withFileTypes: true })) {
  const file = resolve(entry.parentPath, entry.name);
  if (entry.isFile() && !built.has(file) && !file.startsWith(resolve("dist/types"))) rmSync(file);
}

if (process.argv.includes("--types")) {
  const result = spawnSync("npx", ["tsc", "-p", "tsconfig.types.json"], { stdio: "inherit" });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
