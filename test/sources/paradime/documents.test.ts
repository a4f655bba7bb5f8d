/** Every document is one that the vendor's schema allows. */
import { parse, validate } from "graphql";
import { expect, it } from "vitest";
import {
  COMMANDS,
  documentOf,
  LOG_DOCUMENT,
  PROBE_DOCUMENT,
  RESOURCES,
  RUNS,
  SCHEDULES_DOCUMENT,
  URLS,
} from "../../../src/sources/paradime/documents.ts";
import { schemaOf } from "../../emulators/paradime/execute.ts";

it.each([
  ["schedules", SCHEDULES_DOCUMENT],
  ["probe", PROBE_DOCUMENT],
  ["log", LOG_DOCUMENT],
  ...[RUNS, COMMANDS, RESOURCES, URLS].flatMap((question) =>
    [1, 20].map((count) => [`${question.name}, ${count}`, documentOf(question, count)]),
  ),
])("%s", (_, document) => {
  expect(validate(schemaOf(false), parse(document ?? ""))).toEqual([]);
});
