/** The platforms that DuckDB's native binary is published for, and the binaries themselves. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

const BINDINGS = "@duckdb/node-bindings";

const Bindings = z.object({ optionalDependencies: z.record(z.string(), z.string()) });
/** What `npm pack --json` tells: a list, or since npm 11 an object by package. */
const Tarball = z.object({ filename: z.string(), integrity: z.string() });
const Tarballs = z.union([z.array(Tarball), z.record(z.string(), Tarball)]);
const Lock = z.object({
  packages: z.record(z.string(), z.looseObject({ integrity: z.string().optional() })),
});

export interface Platform {
  /** E.g. `linux-x64` or `linux-arm64-musl`. */
  name: string;
  /** As Node names it: `darwin`, `linux` or `win32`. */
  system: string;
  /** The npm package of the binary. */
  package: string;
  version: string;
}

/** Every platform that the bindings in node_modules name. */
export function platforms(): Platform[] {
  const manifest = readFileSync(join("node_modules", BINDINGS, "package.json"), "utf8");
  return Object.entries(Bindings.parse(JSON.parse(manifest)).optionalDependencies)
    .map(([binary, version]) => {
      const name = binary.slice(`${BINDINGS}-`.length);
      return { name, system: name.split("-")[0] ?? name, package: binary, version };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** Whether npm has installed the binary here, which it does for the platform of this machine alone. */
export function isInstalled(platform: Platform): boolean {
  return existsSync(installed(platform));
}

function installed(platform: Platform): string {
  return join("node_modules", platform.package);
}

/**
 * The folder of the binary's package: in node_modules, or else fetched into `scratch`. Throws where what was fetched is
 * not what package-lock.json holds.
 */
export function binaryFolder(platform: Platform, scratch: string): string {
  if (isInstalled(platform)) return installed(platform);
  const folder = join(scratch, platform.name);
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync(
    "npm",
    ["pack", "--json", "--pack-destination", scratch, `${platform.package}@${platform.version}`],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  const [tarball] = Object.values(Tarballs.parse(JSON.parse(packed)));
  const { packages } = Lock.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
  if (tarball === undefined || tarball.integrity !== packages[installed(platform)]?.integrity) {
    throw new Error(`${platform.package}@${platform.version} is not what package-lock.json holds.`);
  }
  execFileSync("tar", ["-xzf", join(scratch, tarball.filename), "-C", folder, "--strip-components=1"]);
  return folder;
}
