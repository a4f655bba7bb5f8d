// Installs what the live tests need into .live/ (ignored by git): dbt in a Python environment of its own, with
// the versions of demo/requirements.txt, two versions of Dagster, Paradime's own package and Schemathesis likewise, the
// MCP Inspector, mcp-remote, two versions of the MCP conformance suite with the Node that they need, and a headless
// Chromium. A part that is there already, in the version asked for, is left as it is. The live tests call this themselves;
// alone: `node scripts/live-setup.mjs`, or with the names of single parts.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LIVE = join(ROOT, ".live");
const CHROMIUM = "@sparticuz/chromium@153.0.0";

const PARTS = [
  python("dbt", "demo/requirements.txt"),
  python("dagster-1.13", "test/live/dagster/requirements-1.13.txt"),
  python("dagster-1.6", "test/live/dagster/requirements-1.6.txt"),
  python("paradime-sdk", "test/live/paradime-sdk/requirements.txt"),
  python("schemathesis", "test/live/schemathesis/requirements.txt"),
  // Only its command line is used: its install script, which builds the web client, may stay out.
  packaged("inspector", "@modelcontextprotocol/inspector@2.12.0"),
  packaged("mcp-remote", "mcp-remote@0.15.1"),
  // The one that is released, for the protocol of 2025, and the one to come, for that of 2026 too. They need Node 22.
  packaged("conformance", "@modelcontextprotocol/conformance@0.1.16"),
  packaged("conformance-next", "@modelcontextprotocol/conformance@0.2.0-alpha.12"),
  packaged("node-24", `node-${process.platform}-${process.arch}@24.21.0`),
  {
    folder: join(LIVE, "chromium"),
    version: CHROMIUM,
    // There is none for every system; its tests are skipped then, but not where all have to pass.
    isOptional: process.env.CI === undefined,
    // The browser with its libraries and fonts lies compressed in the package. It needs nothing of the system and no
    // rights. It unpacks itself into the folder for temporary files, and its libraries only where it thinks they lack.
    async install(folder) {
      await npm(folder, CHROMIUM);
      const chromium = join(folder, "node_modules/@sparticuz/chromium/build/index.js");
      const unpack = `const { default: it } = await import(${JSON.stringify(chromium)}); await it.executablePath();`;
      const env = { TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
      await run(process.execPath, ["--input-type=module", "-e", unpack], env);
      rmSync(join(folder, "node_modules"), { recursive: true });
      const fonts = `<fontconfig><dir>${folder}/fonts/fonts</dir><cachedir>${folder}/fonts/cache</cachedir></fontconfig>`;
      writeFileSync(join(folder, "fonts/fonts.conf"), `<?xml version="1.0"?>\n${fonts}\n`);
    },
  },
];

/** A folder with an npm package. */
function packaged(name, version) {
  return { folder: join(LIVE, name), version, install: (folder) => npm(folder, version) };
}

/** An npm package, without running its install scripts. */
function npm(folder, name) {
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  return run("npm", ["install", "--prefix", folder, ...quietly, name]);
}

/** A Python environment with what a file of requirements lists. */
function python(name, file) {
  const requirements = join(ROOT, file);
  return {
    folder: join(LIVE, name),
    version: createHash("sha256").update(readFileSync(requirements)).digest("hex"),
    async install(folder) {
      await run("python3", ["-m", "venv", folder]);
      // The list is complete: --no-deps, so that nothing is left to a resolver.
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
      await run(join(folder, "bin", "python"), [...pip, "-r", requirements]);
    },
  };
}

/** Installs what is missing; rejects with the output of the step that failed. */
export default async function setUp() {
  await prepareParts(PARTS);
}

async function prepareParts(parts) {
  mkdirSync(LIVE, { recursive: true });
  writeFileSync(join(LIVE, ".gitignore"), "*\n");
  await Promise.all(
    parts.map((part) =>
      prepare(part).catch((error) => {
        if (!part.isOptional) throw error;
        console.error(`live tests: going on without ${part.folder}: ${error.message}`);
      }),
    ),
  );
}

async function prepare({ folder, version, install }) {
  const stamp = join(folder, "installed.txt");
  if (read(stamp) === version) return;
  console.error(`live tests: installing into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await install(folder);
  writeFileSync(stamp, version);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: LIVE,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = [];
    child.stdout.on("data", (part) => output.push(part));
    child.stderr.on("data", (part) => output.push(part));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve();
      reject(
        new Error(`${command} ${args.join(" ")} ended with ${code}:\n${Buffer.concat(output).toString()}`),
      );
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  await prepareParts(PARTS.filter(({ folder }) => names.length === 0 || names.includes(basename(folder))));
}
