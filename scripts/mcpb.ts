/**
 * Packs MCP bundles (.mcpb) into bundles/: `npm run mcpb` one for this machine, `npm run mcpb -- --all` one for each
 * platform. With `--release ADDRESS`, below which the files will be had, the registry's entry with all of them is
 * written beside them.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageFacts } from "./packaging/facts.ts";
import { binaryFolder, isInstalled, type Platform, platforms } from "./packaging/platforms.ts";
import { type ReleasedBundle, serverEntry } from "./packaging/server-entry.ts";
import { Manifest, stage } from "./packaging/stage.ts";

const MCPB = join("node_modules", "@anthropic-ai", "mcpb", "dist", "cli", "cli.js");
const { values: options } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    release: { type: "string" },
    out: { type: "string", default: "bundles" },
  },
});
const facts = packageFacts();
const manifest = Manifest.parse(JSON.parse(readFileSync(join("packaging", "manifest.json"), "utf8")));
const chosen = platforms().filter((platform) => options.all || isInstalled(platform));
if (chosen.length === 0) throw new Error("There is no binary of DuckDB for this machine: run npm ci.");

const scratch = mkdtempSync(join(tmpdir(), "runlens-mcpb-"));
try {
  mkdirSync(options.out, { recursive: true });
  const bundles = chosen.map(pack);
  if (options.release !== undefined) release(options.release, bundles);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

interface Packed {
  file: string;
  sha256: string;
}

function pack(platform: Platform): Packed {
  const folder = join(scratch, `stage-${platform.name}`);
  stage(folder, { facts, manifest, platform, binary: binaryFolder(platform, scratch) });
  const file = `${facts.name}-${facts.version}-${platform.name}.mcpb`;
  const path = join(options.out, file);
  execFileSync(process.execPath, [MCPB, "pack", folder, path], { stdio: ["ignore", "ignore", "inherit"] });
  rmSync(folder, { recursive: true });
  const content = readFileSync(path);
  const sha256 = createHash("sha256").update(content).digest("hex");
  console.log(`${path}  ${(content.length / 1e6).toFixed(1)} MB  sha256 ${sha256}`);
  return { file, sha256 };
}

function release(address: string, bundles: readonly Packed[]): void {
  const released = bundles.map(
    ({ file, sha256 }): ReleasedBundle => ({ url: `${address.replace(/\/$/, "")}/${file}`, sha256 }),
  );
  const path = join(options.out, "server.json");
  writeFileSync(path, `${JSON.stringify(serverEntry(facts, released), null, 2)}\n`);
  console.log(path);
}
