/**
 * The work of the parsing worker: reads the files that changed and hands their facts over, newest first, so
 * that whoever cannot wait for all of it already has the latest runs.
 */
import type { Batch, DefinitionsUnit, InvocationUnit, Unit } from "../../store/units.ts";
import { JsonError } from "../dbt/json-entries.ts";
import { readEntries } from "../dbt/json-file.ts";
import { type Head, problemOf, readHead } from "../dbt/kinds.ts";
import { microsOf } from "../dbt/times.ts";
import { Words } from "../visit/columns.ts";
import { Environments } from "./environments.ts";
import type { Candidate } from "./files.ts";
import { codeOf } from "./files.ts";
import type { HistoryInvocation } from "./history.ts";
import { readHistory } from "./history-units.ts";
import { readFreshnessUnit, readResultsUnit } from "./invocations.ts";
import { manifestHead, readManifest } from "./manifest.ts";
import { type FileMemory, type ResultsHead, remember } from "./memory.ts";
import { isWantedProject, type Mapping } from "./options.ts";
import { type ManifestHead, Projects } from "./projects.ts";
import type { Read, Reading } from "./reading.ts";

export interface FileTask extends Candidate {
  /** The ledger's scope and revision of the file. */
  scope: string;
  revision: string;
}

/** A history with its invocations that were not read before; `problem` where they could not be listed. */
export interface HistoryTask extends FileTask {
  invocations: HistoryInvocation[];
  /** When the last invocation ended that was read earlier, epoch microseconds. */
  since: number;
  problem: string | null;
}

export interface ParseTask {
  files: FileTask[];
  histories: HistoryTask[];
  /** What is remembered of the files that have not changed. */
  known: FileMemory[];
  mapping: Mapping;
  /** Epoch microseconds. */
  now: number;
}

/** What the parser needs of the thread it runs in. */
export interface ParserHost {
  /** Hands over a batch; resolves when the next may be made. */
  send(batch: Batch): Promise<void>;
  /** Called after every file; `done` counts bytes. Resolves with true when everything sent was published. */
  progress(done: number, total: number, files: number): Promise<boolean>;
  /** The rows of these invocations of a history, as JSON, or why there are none. */
  history(folder: string, ids: string[]): Promise<{ rows: string[]; problem: string | null }>;
}

/** A file that could not be read, or not all of it. `problem` completes the sentence that begins with its name. */
export interface FileProblem {
  scope: string;
  problem: string;
}

/** Rows after which a batch is handed over. */
const BATCH_ROWS = 20_000;
const BATCH_FILES = 100;

interface OpenFile {
  file: FileTask;
  head: Head;
  manifest: ManifestHead | null;
  /** Epoch microseconds. */
  at: number;
}

/** Reads all files of the task. Rejects only with what `host` throws. */
export async function parseFiles(task: ParseTask, host: ParserHost): Promise<FileProblem[]> {
  const opened = task.files.map(openFile).sort(byUse);
  const parser = new Parser(
    task,
    opened.flatMap(({ manifest }) => manifest ?? []),
  );
  const total = [...task.files, ...task.histories].reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  let files = 0;
  const handOver = async (): Promise<void> => {
    if (!parser.isEmpty) await host.send(parser.takeBatch());
    // Words are those of one load, which a publication ends: nothing may wait in a batch then.
    if (await host.progress(done, total, files)) parser.beginLoad();
  };
  for (const open of opened) {
    parser.readFile(open);
    done += open.file.size;
    files++;
    if (parser.isFull) await handOver();
  }
  for (const history of task.histories) {
    for (const ids of parser.pagesOf(history)) {
      const { rows, problem } = await host.history(history.path, ids);
      parser.readPage(history, ids, rows, problem);
      if (parser.isFull) await handOver();
    }
    parser.endHistory(history);
    done += history.size;
    files++;
  }
  await handOver();
  return parser.problems;
}

/** Newest first; freshness after all else, because the other results tell which environment it is of. */
function byUse(a: OpenFile, b: OpenFile): number {
  return Number(a.head.kind === "sources") - Number(b.head.kind === "sources") || b.at - a.at;
}

function openFile(file: FileTask): OpenFile {
  const changedAt = Math.round(file.mtimeMs * 1000);
  let head: Head;
  let manifest: ManifestHead | null = null;
  try {
    head = readHead(file.path, file.path.slice(file.path.lastIndexOf("/") + 1));
    if (head.kind === "manifest") manifest = manifestHead(file.path, head.metadata, changedAt);
  } catch (error) {
    head = { kind: "broken", problem: problemWith(error) };
  }
  const at = "metadata" in head ? microsOf(head.metadata.generated_at) : Number.NaN;
  return { file, head, manifest, at: Number.isNaN(at) ? changedAt : at };
}

/** Says what went wrong with one file, which is never a reason to stop. */
function problemWith(error: unknown): string {
  if (error instanceof Unreadable) return error.message;
  if (error instanceof JsonError) return problemOf(error);
  if (error instanceof Error && "code" in error) return `could not be read (${codeOf(error)})`;
  return `could not be understood (${error instanceof Error ? error.message : String(error)})`;
}

class Parser {
  readonly problems: FileProblem[] = [];
  readonly #task: ParseTask;
  readonly #projects: Projects;
  readonly #environments: Environments;
  readonly #manifests: Set<string>;
  readonly #history: ReadonlyMap<string, HistoryInvocation>;
  readonly #invocations = new Set<string>();
  /** Invocations whose results are in a file of their own, by their ids. */
  readonly #withFile: Map<string, ResultsHead>;
  #words = new Words();
  #units: Unit[] = [];
  #rows = 0;
  #files = 0;
  /** What is wrong with the history that is being read. */
  #historyProblem: string | null = null;

  constructor(task: ParseTask, manifests: readonly ManifestHead[]) {
    const known = task.known.flatMap((memory) => ("manifest" in memory ? memory.manifest : []));
    this.#task = task;
    this.#projects = new Projects([...known, ...manifests]);
    const results = task.known.flatMap((memory) => ("results" in memory ? memory.results : []));
    this.#environments = new Environments(results);
    this.#withFile = new Map(results.map((head) => [head.invocation_id, head]));
    this.#history = new Map(
      task.histories.flatMap(({ invocations }) => invocations.map((one) => [one.id, one])),
    );
    this.#manifests = new Set(known.flatMap((head) => stateOf(head) ?? []));
  }

  /** True when there is enough for a batch. */
  get isFull(): boolean {
    return this.#rows >= BATCH_ROWS || this.#files >= BATCH_FILES;
  }

  get isEmpty(): boolean {
    return this.#units.length === 0;
  }

  beginLoad(): void {
    this.#words = new Words();
  }

  takeBatch(): Batch {
    const batch = { words: this.#words.takeFresh(), units: this.#units };
    this.#units = [];
    this.#rows = 0;
    this.#files = 0;
    return batch;
  }

  /** Reads one file into the batch: its unit, and its entry in the ledger, with the problem if there is one. */
  readFile(open: OpenFile): void {
    let problem: string | null = null;
    let memory: FileMemory | null = null;
    try {
      const read = this.#readKind(open);
      problem = read === null ? null : this.#add(read);
      memory = this.#memoryOf(open, read);
    } catch (error) {
      problem = problemWith(error);
    }
    this.#enter(open.file, memory, problem);
  }

  /** The invocations of a history that no file tells of, some at a time. */
  *pagesOf({ invocations, problem }: HistoryTask): Generator<string[], void, void> {
    this.#historyProblem = problem;
    let page: string[] = [];
    let rows = 0;
    for (const invocation of invocations) {
      if (this.#tellsOfRuns(invocation)) {
        page.push(invocation.id);
        rows += invocation.rows;
      }
      if (rows < BATCH_ROWS && page.length < BATCH_FILES) continue;
      yield page;
      page = [];
      rows = 0;
    }
    if (page.length > 0) yield page;
  }

  /** `run_results.json` says more of an invocation, and the history has nothing of freshness but that it ran. */
  #tellsOfRuns({ id, command }: HistoryInvocation): boolean {
    return !this.#withFile.has(id) && !/freshness/.test(command);
  }

  readPage(
    history: HistoryTask,
    ids: readonly string[],
    rows: readonly string[],
    problem: string | null,
  ): void {
    if (problem !== null) {
      this.#historyProblem = problem;
      return;
    }
    const invocations = history.invocations.filter(({ id }) => ids.includes(id));
    for (const read of readHistory(history.path, invocations, rows, this.#reading())) {
      this.#historyProblem = this.#add(read) ?? this.#historyProblem;
    }
  }

  endHistory(history: HistoryTask): void {
    const problem = this.#historyProblem;
    const last = problem === null ? history.invocations.at(-1)?.endedAt : undefined;
    this.#enter(history, { history: { until: last ?? history.since } }, problem);
  }

  /** Enters a file into the ledger. */
  #enter({ scope, revision }: FileTask, memory: FileMemory | null, problem: string | null): void {
    if (problem !== null) this.problems.push({ scope, problem });
    this.#units.push({
      kind: "ledger",
      source: { id: this.#task.mapping.sourceId, system: "artifacts" },
      scope,
      synced_at: this.#task.now,
      revision,
      watermark: remember(memory),
      complete: problem === null,
      notes: problem === null ? [] : [problem],
    });
    this.#files++;
  }

  #reading(): Reading {
    return {
      words: this.#words,
      mapping: this.#task.mapping,
      projects: this.#projects,
      environments: this.#environments,
      history: this.#history,
    };
  }

  #readKind({ file, head, manifest }: OpenFile): Read<InvocationUnit | DefinitionsUnit> | null {
    const { mapping } = this.#task;
    const reading = this.#reading();
    if (head.kind === "broken") throw new Unreadable(head.problem);
    if (head.kind === "foreign") return null;
    const source = { path: file.path, changedAt: Math.round(file.mtimeMs * 1000), metadata: head.metadata };
    if (head.kind === "results") return readResultsUnit(source, reading);
    if (head.kind === "sources") return readFreshnessUnit(source, reading);
    if (head.kind === "manifest" && manifest !== null) {
      // Every step of an archived run tends to have a copy of the same manifest; one is enough.
      const state = stateOf(manifest);
      if (state !== null && this.#manifests.has(state)) return null;
      const results = this.#withFile.get(manifest.invocation_id ?? "") ?? null;
      const source = { path: file.path, version: head.version, head: manifest, results };
      const read = readManifest(source, this.#words, mapping);
      if (state !== null) this.#manifests.add(state);
      return read;
    }
    // There is nothing in a catalog that the store keeps; it is only seen to be whole.
    if (head.kind === "catalog") readEntries(file.path, {}, { entry: () => true });
    return null;
  }

  /** Puts a unit into the batch, and says what it lacks. */
  #add(read: Read<InvocationUnit | DefinitionsUnit>): string | null {
    const { unit, rows, dropped } = read;
    const { project_id, dbt_project_name } = unit.project;
    const isCopy = unit.kind === "invocation" && this.#isCopy(unit, rows);
    if (!isCopy && isWantedProject(this.#task.mapping.projectFilter, [project_id, dbt_project_name])) {
      this.#units.push(unit);
      this.#rows += rows;
    }
    if (dropped === 0) return null;
    return `has ${dropped} ${dropped === 1 ? "row" : "rows"} that could not be read`;
  }

  /** A later command of the same run may have kept the file of an earlier one. */
  #isCopy({ invocation }: InvocationUnit, rows: number): boolean {
    const identity = [invocation.invocation_id, invocation.kind, invocation.ended_at, rows].join(" ");
    if (this.#invocations.has(identity)) return true;
    this.#invocations.add(identity);
    return false;
  }

  #memoryOf(open: OpenFile, read: Read<InvocationUnit | DefinitionsUnit> | null): FileMemory | null {
    if (open.manifest !== null) return { manifest: open.manifest };
    if (read?.unit.kind !== "invocation" || read.unit.invocation.kind !== "results") return null;
    const { project, environment, invocation } = read.unit;
    const results = {
      path: open.file.path,
      project_id: project.project_id,
      invocation_id: invocation.invocation_id,
      environment,
      generated_at: invocation.ended_at,
    };
    this.#environments.add(results);
    this.#withFile.set(results.invocation_id, results);
    return { results };
  }
}

/** A file that its beginning already shows to be unreadable. */
class Unreadable extends Error {}

/** Names a state of definitions; null where the manifest does not say which invocation wrote it. */
function stateOf({ project, invocation_id, generated_at }: ManifestHead): string | null {
  return invocation_id === null ? null : `${project} ${invocation_id} ${generated_at}`;
}

/** The buffers of a batch's columns, to be handed to another thread without a copy. */
export function buffersOf(batch: Batch): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const unit of batch.units) {
    const columns =
      unit.kind === "definitions"
        ? [unit.nodes, unit.edges]
        : unit.kind === "invocation"
          ? [unit.executions, unit.freshness]
          : [];
    for (const column of columns.flatMap((part) => Object.values(part ?? {}))) {
      if (ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer) buffers.push(column.buffer);
    }
  }
  return buffers;
}
