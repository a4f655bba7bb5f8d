/** The demo data behind a real account, at the demo's own date, for tests of operations. */
import { join } from "node:path";
import { type App, createApp } from "../src/app.ts";
import { loadConfig } from "../src/config.ts";
import { createLog } from "../src/log.ts";
import { systemClock } from "../src/sync/clock.ts";
import { operations } from "../tools/index.ts";

export const ARTIFACTS = join(import.meta.dirname, "../demo/artifacts");
/** The time of the demo's clock, as `demo/runlens.yml` says. */
export const DEMO_NOW = "2026-11-18T07:30:00Z";

export interface Demo {
  app: App;
  /** Runs an operation by its name, as a front end does. */
  ask(name: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Opens the demo on a store in memory. */
export function openDemo(): Demo {
  return open(
    createApp({ config: () => loadConfig({ demo: true }, {}), log: createLog(), frontend: "library" }),
  );
}

/** Opens some artifacts on a store in memory, at a fixed time (epoch milliseconds). */
export function openArtifacts(paths: readonly string[], now: number): Demo {
  const config = () => loadConfig({ artifacts: paths, store: ":memory:" }, {});
  const clock = { ...systemClock(), now: () => now };
  return open(createApp({ config, log: createLog(), frontend: "library", clock }));
}

function open(app: App): Demo {
  return {
    app,
    ask(name, input = {}) {
      const operation = operations.find((candidate) => candidate.name === name);
      if (operation === undefined) throw new Error(`no operation ${name}`);
      return app.ask(operation, input, {});
    },
    close: () => app.close(),
  };
}

/** File that holds the good answer of an operation; reviewed like a page of the product. */
export function snapshotOf(operation: string): string {
  return join(import.meta.dirname, "snapshots", `${operation}.json`);
}
