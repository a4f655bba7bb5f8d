import { defineConfig } from "vitest/config";

/** The tests against real counterparts: real dbt, the official MCP Inspector, the packed package, the system. */
export default defineConfig({
  test: {
    include: ["test/live/**/*.test.ts"],
    globalSetup: ["scripts/live-setup.mjs"],
    // Each starts several processes, and one of them packs dist/, which the others run.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
