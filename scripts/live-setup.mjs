// Installs what the live tests need into .live/ (ignored by git): dbt in a Python environment of its own, with
// the versions of demo/requirements.txt, two versions of Dagster likewise, and the MCP Inspector. A part that is
// there already, in the version asked for, is left as it is. The live tests call this themselves; alone:
// `node scripts/live-setup.mjs`.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LIVE = join(ROOT, ".live");
const INSPECTOR = "@modelcontextprotocol/inspector@2.12.0";

const PARTS = [
  python("dbt", "demo/requirements.txt"),
  python("dagster-1.13", "test/live/dagster/requirements-1.13.txt"),
  python("dagster-1.6", "test/live/dagster/requirements-1.6.txt"),
  {
    folder: join(LIVE, "inspector"),
    version: INSPECTOR,
    install: (folder) =>
      // Only its command line is used: its install script, which builds the web client, may stay out.
      run("npm", [
        "install",
        "--prefix",
        folder,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        INSPECTOR,
      ]),
  },
];

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
  mkdirSync(LIVE, { recursive: true });
  writeFileSync(join(LIVE, ".gitignore"), "*\n");
  await Promise.all(PARTS.map(prepare));
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

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: LIVE, stdio: ["ignore", "pipe", "pipe"] });
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

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUp();
