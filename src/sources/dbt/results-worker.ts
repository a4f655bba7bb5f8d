/** The thread that reads downloaded artifacts; it opens nothing else, so that it may be stopped at any time. */
import { parentPort, workerData } from "node:worker_threads";
import { Words } from "../visit/columns.ts";
import { readSources } from "./freshness.ts";
import { JsonError } from "./json-entries.ts";
import { type Head, problemOf, readHead } from "./kinds.ts";
import { projectOf, readDefinitions } from "./manifest.ts";
import type { ArtifactFiles, ReadArtifacts, ReadFile, ReadManifest } from "./read-results.ts";
import { readRunResults } from "./run-results.ts";

/** What a file is found to be, or why it cannot be read. */
function attempt<T>(path: string, read: (head: Head) => T): T | { problem: string } {
  try {
    const head = readHead(path, path.slice(path.lastIndexOf("/") + 1));
    return head.kind === "broken" ? { problem: head.problem } : read(head);
  } catch (error) {
    if (error instanceof JsonError) return { problem: problemOf(error) };
    return { problem: `could not be understood (${error instanceof Error ? error.message : String(error)})` };
  }
}

function readFile(path: string, words: Words, now: number): ReadFile {
  return attempt<ReadFile>(path, (head) => {
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
  });
}

function readManifest(path: string, words: Words): ReadManifest {
  return attempt<ReadManifest>(path, (head) =>
    head.kind === "manifest"
      ? {
          ...readDefinitions(path, words),
          version: head.version,
          project: projectOf(path, head.metadata),
        }
      : { problem: "has no definitions of dbt in it" },
  );
}

if (parentPort === null) throw new Error("this module is a worker");
// The one place that starts this worker passes exactly this (read-results.ts).
const { results, manifests, now } = workerData as ArtifactFiles & { now: number };
const words = new Words();
const read = {
  files: results.map((path) => readFile(path, words, now)),
  manifests: manifests.map((path) => readManifest(path, words)),
};
parentPort.postMessage({ words: words.takeFresh(), ...read } satisfies ReadArtifacts);
