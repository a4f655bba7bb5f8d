/** The folder that becomes a bundle: what runs, what it needs of npm, and what explains it. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import * as z from "zod";
import type { PackageFacts } from "./facts.ts";
import type { Platform } from "./platforms.ts";

/** What of node_modules a bundle has beside the binary: what loads it, and what that asks for the platform. */
const LOADERS = ["@duckdb/node-bindings", "detect-libc"];

/** packaging/manifest.json, as far as it is looked at. */
export const Manifest = z.looseObject({ compatibility: z.looseObject({}) });
export type Manifest = z.infer<typeof Manifest>;

/** Lays a bundle out in `folder`; `binary` is the folder of the platform's native package. */
export function stage(
  folder: string,
  {
    facts,
    manifest,
    platform,
    binary,
  }: { facts: PackageFacts; manifest: Manifest; platform: Platform; binary: string },
): void {
  const { name, version, license } = facts;
  writeJson(join(folder, "manifest.json"), {
    ...manifest,
    compatibility: { ...manifest.compatibility, platforms: [platform.system] },
  });
  // Without it Node would take the files for CommonJS.
  writeJson(join(folder, "package.json"), { name, version, license, private: true, type: "module" });
  copy("LICENSE", join(folder, "LICENSE"));
  copy(join("packaging", "bundle.md"), join(folder, "README.md"));
  const left = [join("dist", "scripts"), join("dist", "types")];
  copy("dist", join(folder, "dist"), (path) =>
    left.every((out) => path !== out && !path.startsWith(out + sep)),
  );
  const modules = (name: string) => join(folder, "node_modules", name);
  for (const loader of LOADERS) copy(join("node_modules", loader), modules(loader));
  copy(binary, modules(platform.package));
}

function writeJson(file: string, value: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function copy(from: string, to: string, filter: (path: string) => boolean = () => true): void {
  cpSync(from, to, { recursive: true, dereference: true, filter });
}
