/** The same question through MCP, the command line and the library is the same answer. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { camelize } from "../../src/core/case.ts";
import { exampleCommand } from "../../src/frontends/cli/operation-command.ts";
import { Account } from "../../src/index.ts";
import { operations } from "../../tools/index.ts";
import { connect, type TestClient } from "./clients.ts";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "dist/runlens.js");
const env = { PATH: process.env.PATH ?? "", RUNLENS_STORE: ":memory:" };
const examples = operations.flatMap((operation) =>
  operation.examples.map((example) => ({ name: operation.name, operation, ...example })),
);
let client: TestClient;
let account: Account;

beforeAll(async () => {
  client = await connect("sdk 2.x, 2026 protocol", {
    kind: "stdio",
    command: process.execPath,
    args: [PROGRAM, "mcp", "--demo"],
    env,
  });
  account = new Account({ config: join(ROOT, "demo/runlens.yml"), store: ":memory:" });
});
afterAll(async () => {
  await client.close();
  await account.close();
});

const Source = z.looseObject({ source: z.looseObject({ notes: z.array(z.string()) }) });

/** The note about the clock names the file it comes from, which differs; when facts were fetched does too. */
function comparable(answer: unknown): unknown {
  const { source, ...facts } = Source.parse(JSON.parse(JSON.stringify(answer)));
  const notes = source.notes.filter((note) => !note.startsWith("The clock stands at"));
  return { ...facts, source: { ...source, notes } };
}

describe.each(examples)("$name: $ask", ({ operation, input }) => {
  it("is answered alike by MCP, the command line and the library", async () => {
    const { structured } = await client.call(operation.name, input);
    // The line that the help shows, as a shell would run it.
    const line = exampleCommand(operation, input).replace(
      /^runlens/,
      `"${process.execPath}" "${PROGRAM}" --demo`,
    );
    const { stdout, stderr } = spawnSync(`${line} --json`, { shell: true, env, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(comparable(JSON.parse(stdout))).toEqual(comparable(structured));
    const asked = await operation.run(input, { account });
    expect(comparable(asked)).toEqual(comparable(structured));
  });
});

describe("the library's own methods", () => {
  it("answer what the operation of the same name answers", async () => {
    const { structured } = await client.call("slowest_models", { last_n_runs: 10, slowest_n: 3 });
    const models = await account.slowestModels(camelize({ last_n_runs: 10, slowest_n: 3 }));
    expect(comparable(models)).toEqual(comparable(structured));
  });
});
