/**
 * The REST API on the demo, asked by Schemathesis what its document allows and what it does not: no 5xx, no answer that
 * breaks its schema, none that takes long, nothing of the inside in any of them. Each run asks the same.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { objectAt, parseObject, SCHEMATHESIS } from "./places.ts";
import { openBench } from "./processes.ts";

const bench = openBench();
let url: string;

beforeAll(async () => {
  url = await bench.serve(["--demo"]);
});
afterAll(() => bench.clear());

const OPTIONS = [
  ["--seed", "20261118"],
  ["--workers", "2"],
  ["--checks", "all"],
  // What a text means is no matter of its type: a time zone that is none, or SQL that is none, is refused.
  ["--exclude-checks", "positive_data_acceptance"],
  ["--request-timeout", "10"],
  ["--max-response-time", "5"],
  ["--generation-database", "none"],
  ["--no-color", "--continue-on-failure"],
].flat();

interface Interaction {
  status: number;
  body: string;
}

/** Every question of a report that was answered. */
function interactions(report: string): Interaction[] {
  return readFileSync(report, "utf8")
    .split("\n")
    .filter((line) => line.startsWith('{"ScenarioFinished"'))
    .flatMap((line) => {
      const { interactions: found = {} } = objectAt(
        objectAt(parseObject(line), "ScenarioFinished"),
        "recorder",
      );
      return Object.values(objectAt(found));
    })
    .map((interaction) => {
      const { status_code, content } = objectAt(interaction, "response");
      const bytes = content === null || content === undefined ? "" : String(objectAt(content).$base64);
      return { status: Number(status_code), body: Buffer.from(bytes, "base64").toString() };
    });
}

test("every operation holds to the document, whatever it is asked", async () => {
  const report = join(bench.folder, "report.ndjson");
  const { code, stdout, stderr } = await bench.run(
    SCHEMATHESIS,
    [
      "run",
      `${url}/openapi.json`,
      ...["--phases", "examples,coverage,fuzzing", "--max-examples", "15"],
      ...["--report", "ndjson", "--report-ndjson-path", report],
      ...OPTIONS,
    ],
    { timeout: 115_000 },
  );
  expect(`${stdout}${stderr}`).toContain("Tested: 20");
  expect(code, stdout).toBe(0);
  const answers = interactions(report);
  const withStatus = (wanted: (status: number) => boolean) => answers.filter(({ status }) => wanted(status));
  expect(withStatus((status) => status === 200).length).toBeGreaterThan(300);
  expect(withStatus((status) => status === 400).length).toBeGreaterThan(1_000);
  expect(withStatus((status) => status === 404).length).toBeGreaterThan(100);
  expect(withStatus((status) => status >= 500)).toEqual([]);
  const inside = /\n\s+at .+:\d+:\d+|node_modules|Traceback|dist\/chunk/;
  expect(answers.filter(({ body }) => inside.test(body))).toEqual([]);
});

test("an answer that breaks the document would be found", async () => {
  const response = await fetch(`${url}/openapi.json`);
  const document = parseObject(await response.text());
  const answer = objectAt(objectAt(objectAt(document, "components"), "schemas"), "GetRunAnswer");
  objectAt(answer, "properties").run_id = { type: "integer" };
  const file = join(bench.folder, "wrong.json");
  writeFileSync(file, JSON.stringify(document));
  const { code, stdout } = await bench.run(SCHEMATHESIS, [
    ...["run", file, "--url", url, "--include-operation-id", "get_run", "--phases", "examples"],
    ...OPTIONS,
  ]);
  expect(code).toBe(1);
  expect(stdout).toContain("GET /api/v1/runs/{run_id}");
  expect(stdout).toMatch(/violates schema/i);
});
