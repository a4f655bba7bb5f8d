import { expect, it } from "vitest";
import { dbtCommandOf, resultsFileOf } from "../../../src/sources/dbt-cloud/steps.ts";

it.each([
  ["Invoke dbt with `dbt build --select tag:nightly`", "dbt build --select tag:nightly"],
  ["dbt  run   -s x", "dbt run -s x"],
  ["Generate docs", "dbt docs generate"],
  ["Source freshness", "dbt source freshness"],
  ["Clone git repository", null],
  ["Create profile from connection Snowflake", null],
  ["", null],
])("reads the command of the step %j", (name, command) => {
  expect(dbtCommandOf(name)).toBe(command);
});

it.each([
  ["dbt build", "run_results.json"],
  ["dbt --quiet run --select x", "run_results.json"],
  ["dbt retry", "run_results.json"],
  ["dbt source freshness --select y", "sources.json"],
  ["dbt docs generate", null],
  ["dbt compile", null],
  ["dbt deps", null],
  [null, null],
])("knows where %j leaves its results", (command, file) => {
  expect(resultsFileOf(command)).toBe(file);
});
