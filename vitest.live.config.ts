import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take minutes, first: the others fill what time is left. */
const LONG = ["dagster.test", "paradime-sdk.test", "dagster-oldest.test", "real-dbt.test", "inspector.test"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((name) => moduleId.includes(`/${name}.`));
      return index === -1 ? LONG.length : index;
    };
    return [...files].sort((one, other) => place(one) - place(other));
  }
}

/** The tests against real counterparts: real dbt, the official MCP Inspector, the packed package, the system. */
export default defineConfig({
  test: {
    include: ["test/live/**/*.test.ts"],
    globalSetup: ["scripts/live-setup.mjs"],
    // They mostly wait for servers and programs that they start.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
