/** runlens beside the published paradime-io, both asked about the same workspace. docs/paradime-sdk.md has it as a table. */
import { afterAll, describe } from "vitest";
import { agreement } from "./paradime-sdk/agreement.ts";
import { openCases } from "./paradime-sdk/cases.ts";
import { commandCases } from "./paradime-sdk/command-cases.ts";
import { graphCases } from "./paradime-sdk/graph-cases.ts";
import { sourceCases } from "./paradime-sdk/source-cases.ts";
import { wordCases } from "./paradime-sdk/word-cases.ts";
import { openBench } from "./processes.ts";

const bench = openBench();
const cases = openCases(bench);
afterAll(async () => {
  await cases.close();
  await bench.clear();
});

describe("compat_status and the health of paradime-io", () => agreement(bench));

describe("where paradime-io is wrong, or fails", () => {
  const { shows } = cases;
  commandCases(shows);
  wordCases(shows);
  sourceCases(shows);
  graphCases(shows, bench);
  cases.checkTable();
});
