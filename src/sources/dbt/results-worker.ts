/** The thread that reads downloaded files of results; it opens nothing else, so that it may be stopped at any time. */
import { parentPort, workerData } from "node:worker_threads";
import { Words } from "../visit/columns.ts";
import { readSources } from "./freshness.ts";
import { JsonError } from "./json-entries.ts";
import { problemOf, readHead } from "./kinds.ts";
import type { ReadFile, ReadFiles } from "./read-results.ts";
import { readRunResults } from "./run-results.ts";

function read(path: string, words: Words, now: number): ReadFile {
  try {
    const head = readHead(path, path.slice(path.lastIndexOf("/") + 1));
    if (head.kind === "broken") return { problem: head.problem };
    const file = { path, changedAt: now, metadata: "metadata" in head ? head.metadata : {} };
    if (head.kind === "results") {
      const { executions, ...facts } = readRunResults(file, words, undefined);
      return { facts, executions, freshness: null };
    }
    if (head.kind === "sources") {
      const { freshness, ...facts } = readSources(file, words);
      return { facts, executions: null, freshness };
    }
    return { problem: "has no results of dbt in it" };
  } catch (error) {
    if (error instanceof JsonError) return { problem: problemOf(error) };
    return { problem: `could not be understood (${error instanceof Error ? error.message : String(error)})` };
  }
}

if (parentPort === null) throw new Error("this module is a worker");
// The one place that starts this worker passes exactly this (read-results.ts).
const { paths, now } = workerData as { paths: string[]; now: number };
const words = new Words();
const files = paths.map((path) => read(path, words, now));
parentPort.postMessage({ words: words.takeFresh(), files } satisfies ReadFiles);
