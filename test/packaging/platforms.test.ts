import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { binaryFolder, isInstalled, platforms } from "../../scripts/packaging/platforms.ts";

const root = join(import.meta.dirname, "../..");

it("names every platform that the page does, each locked by its hash", () => {
  const names = platforms().map(({ name }) => name);
  const page = readFileSync(join(root, "docs/packaging.md"), "utf8");
  expect(names.filter((name) => !page.includes(name.replace("-musl", "")))).toEqual([]);
  expect(names.filter((name) => name.endsWith("-musl"))).toEqual(["linux-arm64-musl", "linux-x64-musl"]);
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  for (const platform of platforms()) {
    expect(["darwin", "linux", "win32"]).toContain(platform.system);
    expect(packages[`node_modules/${platform.package}`]).toMatchObject({
      version: platform.version,
      integrity: expect.stringMatching(/^sha512-/),
    });
  }
});

it("takes the library of this machine from node_modules", () => {
  const [here] = platforms().filter(isInstalled);
  expect(here?.name).toContain(`${process.platform}-${process.arch}`);
  if (here === undefined) return;
  expect(existsSync(join(root, binaryFolder(here, "/nowhere"), "duckdb.node"))).toBe(true);
});
