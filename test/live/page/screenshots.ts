/** Takes the pictures of the web page that docs/page.md shows, of the demo: `npm run screenshots`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openBrowser } from "../browser.ts";
import { ROOT } from "../places.ts";
import { openBench } from "../processes.ts";

const FOLDER = join(ROOT, "docs/images");
/** Bytes: what a reader of the docs has to load for one picture. */
const LARGEST = 150_000;

/** Pixels around what is shown, so that the picture does not end where a card begins. */
const MARGIN = 14;

/** The parts of the page that are shown, from one element to another, where there is something to see in them. */
const PARTS = [
  { name: "health", hash: "", from: "#health", to: "#health .stack", width: 1240 },
  {
    name: "run-time",
    hash: "#model=pedal_harbour.fct_station_occupancy",
    from: ".times",
    to: ".times",
    width: 1240,
  },
  {
    name: "lineage",
    hash: "#model=pedal_harbour.fct_trips&depth=all",
    from: "#lineage",
    to: "#lineage",
    width: 1500,
  },
];

const bench = openBench();
const [browser, server] = await Promise.all([openBrowser(), bench.serve(["--demo"])]);
mkdirSync(FOLDER, { recursive: true });
try {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const { name, hash, from, to, width } of PARTS) {
      const page = await browser.newPage({
        viewport: { width, height: 1000 },
        colorScheme,
        reducedMotion: "reduce",
      });
      await page.goto(`${server}/${hash}`);
      await page.locator(to).waitFor();
      await page.waitForLoadState("networkidle");
      const [first, last] = await Promise.all([from, to].map((part) => page.locator(part).boundingBox()));
      if (!first || !last) throw new Error(`${from} or ${to} is not on the page`);
      const clip = {
        x: first.x - MARGIN,
        y: first.y - MARGIN,
        width: first.width + 2 * MARGIN,
        height: last.y + last.height - first.y + 2 * MARGIN,
      };
      const picture = await page.screenshot({ clip, fullPage: true });
      const file = `${name}-${colorScheme}.png`;
      if (picture.length > LARGEST) throw new Error(`${file} would have ${picture.length} bytes`);
      writeFileSync(join(FOLDER, file), picture);
      console.error(`docs/images/${file}: ${Math.round(picture.length / 1000)} kB`);
      await page.close();
    }
  }
} finally {
  await browser.close();
  await bench.clear();
}
