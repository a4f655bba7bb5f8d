import { defineConfig } from "vitest/config";

export default defineConfig({
  // The examples import the library by its name, as its users do.
  resolve: { alias: { runlens: new URL("src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/live/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
