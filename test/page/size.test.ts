import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "../../dist/page");
const files = readdirSync(folder);

it("is one page with one script and one sheet of styles", () => {
  for (const type of [".html", ".js", ".css"])
    expect(files.filter((name) => name.endsWith(type))).toHaveLength(1);
  const html = readFileSync(join(folder, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="(page\/[^"]+)"/g)].map((match) => match[1]);
  expect(named.toSorted()).toEqual(
    files.filter((name) => /\.(js|css)$/.test(name)).map((name) => `page/${name}`),
  );
});

it("has no more than 120 kB of script and styles", () => {
  const sizes = files
    .filter((name) => /\.(js|css)$/.test(name))
    .map((name) => statSync(join(folder, name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
});

it("names no other host that a browser would ask", () => {
  const text = files
    .filter((name) => /\.(js|css|html)$/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  const addresses = text.match(/https?:\/\/[^\s"'`)\\]+/g) ?? [];
  // Of elements, not of a place.
  expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/2000/svg"))).toEqual([]);
  expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
});
