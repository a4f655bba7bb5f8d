/** A real headless Chromium, as `scripts/live-setup.mjs` has unpacked it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { CHROMIUM } from "./places.ts";

const EXECUTABLE = join(CHROMIUM, "chromium");

/** False where there is no package of it for this system. */
export const hasBrowser = existsSync(EXECUTABLE);

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    // It may be started by root, and opens nothing but the page under test.
    chromiumSandbox: false,
    args: ["--font-render-hinting=none"],
    env: {
      PATH: process.env.PATH ?? "",
      LD_LIBRARY_PATH: join(CHROMIUM, "al2023/lib"),
      FONTCONFIG_PATH: join(CHROMIUM, "fonts"),
    },
  });
}
