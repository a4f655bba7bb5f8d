/** Artifacts of dbt on disk as a source: what changed is read in a worker, what did not is not touched. */
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { throwIfCancelled } from "../../errors.ts";
import type { LedgerEntry, ModelCode, Probe, Scope, Source, SyncContext, SyncOutcome } from "../source.ts";
import { readCode } from "./code.ts";
import { type Candidate, type Listing, listFiles, type Root, resolveRoots } from "./files.ts";
import { HistoryReader, historyProblem } from "./history.ts";
import { type FileMemory, recall } from "./memory.ts";
import { type ArtifactsOptions, mappingFingerprint, mappingOf } from "./options.ts";
import { parse } from "./parse.ts";
import type { FileProblem, FileTask, HistoryTask } from "./parser.ts";
import { probeFiles } from "./probe.ts";

export type { ArtifactsOptions } from "./options.ts";

/** One look at the folders brings everything, whatever was asked. */
const SCOPE: Scope = { key: "artifacts", need: { facts: [] } };
/** More names than this help nobody. */
const MOST_NOTES = 20;

/** Makes the source; it opens nothing before it is asked. */
export function createArtifactsSource(options: ArtifactsOptions): Source {
  const paths = options.paths.map((path) => resolve(path));
  const id = options.id ?? `artifacts:${[...new Set(paths.map(realPath))].sort().join(",")}`;
  const mapping = mappingOf(id, options);
  const fingerprint = mappingFingerprint(mapping);

  const fileTask = (file: Candidate): FileTask => ({
    ...file,
    scope: `file:${file.path}`,
    revision: `${file.size}:${file.mtimeMs}:${fingerprint}`,
  });

  async function look(signal: AbortSignal): Promise<{ roots: Root[]; listing: Listing; files: FileTask[] }> {
    throwIfCancelled(signal);
    const roots = await resolveRoots(paths);
    const listing = await listFiles(roots, signal);
    return { roots, listing, files: listing.files.map(fileTask) };
  }

  async function read(
    changed: readonly FileTask[],
    known: FileMemory[],
    entries: ReadonlyMap<string, LedgerEntry>,
    context: SyncContext,
  ): Promise<FileProblem[]> {
    const history = new HistoryReader(context.signal);
    try {
      const histories: HistoryTask[] = [];
      for (const file of changed) {
        if (file.form !== "history") continue;
        histories.push(await historyTask(file, history, sinceOf(entries.get(file.scope), fingerprint)));
        throwIfCancelled(context.signal);
      }
      const files = changed.filter(({ form }) => form === "json");
      const task = { files, histories, known, mapping, now: context.now() * 1000 };
      const { load, signal } = context;
      return await parse(task, { load, signal, history, progress: (progress) => context.progress(progress) });
    } finally {
      await history.close();
    }
  }

  return {
    ref: { id, system: "artifacts" },
    label: `artifacts in ${options.paths.join(", ")}`,
    on_demand: false,
    scopes: () => [SCOPE],

    async revision(_scope, signal): Promise<string> {
      const { files, listing } = await look(signal);
      return revisionOf(files, listing);
    },

    async sync(_scope: Scope, context: SyncContext): Promise<SyncOutcome> {
      const { files, listing } = await look(context.signal);
      const entries = new Map((await context.entries("file:")).map((entry) => [entry.scope, entry]));
      const problems = new Map<string, string>();
      const changed: FileTask[] = [];
      for (const file of files) {
        const entry = entries.get(file.scope);
        if (entry?.revision !== file.revision) {
          changed.push(file);
          continue;
        }
        const [problem] = entry.notes;
        if (problem !== undefined) problems.set(file.scope, problem);
      }
      if (changed.length > 0) {
        changed.push(...waitingManifests(files, changed, entries));
        const reread = new Set(changed.map((file) => file.scope));
        // Also what lies outside this look: a job hands in one folder, and the project is known from earlier ones.
        const known = [...entries.values()].flatMap(({ scope, watermark }) =>
          reread.has(scope) ? [] : (recall(watermark) ?? []),
        );
        for (const { scope, problem } of await read(changed, known, entries, context))
          problems.set(scope, problem);
      }
      const notes = [
        ...listing.problems,
        ...files.flatMap(({ scope, label }) =>
          problems.has(scope) ? [`${label} ${problems.get(scope)}`] : [],
        ),
      ];
      if (files.length === 0 && notes.length === 0) notes.push(nothingThere(options.paths));
      return {
        revision: revisionOf(files, listing),
        watermark: null,
        complete: notes.length === 0,
        notes: shortened(notes),
      };
    },

    code: (uniqueId: string, location: string, signal: AbortSignal): Promise<ModelCode> =>
      readCode(uniqueId, location, signal),

    async probe(signal: AbortSignal): Promise<Probe> {
      const { listing } = await look(signal);
      return probeFiles(listing, options.paths);
    },

    close: () => Promise.resolve(),
  };
}

/**
 * Manifests whose own results have not been seen: dbt writes the manifest when a run begins and the results when
 * it ends, and only those tell the environment. They are read again with whatever has changed.
 */
function waitingManifests(
  files: readonly FileTask[],
  changed: readonly FileTask[],
  entries: ReadonlyMap<string, LedgerEntry>,
): FileTask[] {
  // Another manifest brings no results.
  if (changed.every((file) => file.path.endsWith("manifest.json"))) return [];
  const memories = new Map([...entries].map(([scope, entry]) => [scope, recall(entry.watermark)]));
  const answered = new Set(
    [...memories.values()].flatMap((memory) =>
      memory !== null && "results" in memory ? [memory.results.invocation_id] : [],
    ),
  );
  return files.filter((file) => {
    const memory = memories.get(file.scope);
    if (memory === null || memory === undefined || !("manifest" in memory) || changed.includes(file))
      return false;
    const { invocation_id } = memory.manifest;
    return invocation_id !== null && !answered.has(invocation_id);
  });
}

/** Lists the invocations of a history that ended after `since`. */
async function historyTask(file: FileTask, history: HistoryReader, since: number): Promise<HistoryTask> {
  try {
    return { ...file, invocations: await history.invocations(file.path, since), since, problem: null };
  } catch (error) {
    return { ...file, invocations: [], since, problem: historyProblem(error) };
  }
}

/** Until when a history was read, if it was read with the same understanding; else the beginning of time. */
function sinceOf(entry: LedgerEntry | undefined, fingerprint: string): number {
  const memory = entry?.revision?.endsWith(`:${fingerprint}`) ? recall(entry.watermark) : null;
  return memory !== null && "history" in memory ? memory.history.until : 0;
}

/** Where a path really leads; one that leads nowhere yet is taken as it is. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function revisionOf(files: readonly FileTask[], { problems }: Listing): string {
  const hash = createHash("sha256");
  for (const { path, revision } of files) hash.update(`${path}\0${revision}\n`);
  for (const problem of problems) hash.update(problem);
  return hash.digest("hex").slice(0, 32);
}

function shortened(notes: readonly string[]): string[] {
  if (notes.length <= MOST_NOTES) return [...notes];
  return [
    ...notes.slice(0, MOST_NOTES),
    `and ${notes.length - MOST_NOTES} more files that could not be read`,
  ];
}

export function nothingThere(paths: readonly string[]): string {
  return (
    `There are no dbt artifacts in ${paths.join(", ")}: run_results.json, manifest.json or sources.json were ` +
    "expected there or in a folder below it."
  );
}
