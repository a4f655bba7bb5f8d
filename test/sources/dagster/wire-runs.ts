/** Runs as a deployment describes them, made up. */
import { type WireRun, wireRun } from "../../../src/sources/dagster/wire-run.ts";
import type { WireObject } from "../../../src/sources/wire/loose.ts";

export const START = Date.parse("2026-11-18T06:00:00Z") / 1000;
export const START_US = START * 1e6;

export const tagsOf = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

/** A run that did all of its job in a minute; `given` is what is special of one, as it is on the wire. */
export function runOf(given: WireObject = {}): WireRun {
  const run = wireRun({
    runId: "7b3e4a51-run",
    jobName: "nightly",
    status: "SUCCESS",
    creationTime: START - 5,
    startTime: START,
    endTime: START + 60,
    updateTime: START + 60,
    parentRunId: null,
    solidSelection: null,
    assetSelection: null,
    assetCheckSelection: null,
    tags: [],
    repositoryOrigin: { repositoryName: "__repository__", repositoryLocationName: "shop" },
    ...given,
  });
  if (run === null) throw new Error("no run");
  return run;
}
