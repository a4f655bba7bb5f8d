/** What the page on the web page shows, held against what is there. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const DOCS = join(import.meta.dirname, "../docs");
const page = readFileSync(join(DOCS, "page.md"), "utf8");
const pictures = readdirSync(join(DOCS, "images")).filter((name) => name.endsWith(".png"));

it("shows every picture that there is, in light and in dark, and each with a text", () => {
  const shown = [...page.matchAll(/(?:srcset|src)="images\/([^"]+)"/g)].map((match) => match[1]);
  expect(pictures.length).toBeGreaterThan(0);
  expect(shown.toSorted()).toEqual(pictures.toSorted());
  for (const name of pictures.filter((picture) => picture.endsWith("-light.png")))
    expect(existsSync(join(DOCS, "images", name.replace("light", "dark")))).toBe(true);
  for (const [image] of page.matchAll(/<img [^>]*>/g)) expect(image).toMatch(/alt="[^"]{20,}"/);
});

it.each(pictures)("has %s in no more than 150 kB", (name) => {
  expect(statSync(join(DOCS, "images", name)).size).toBeLessThanOrEqual(150_000);
});
