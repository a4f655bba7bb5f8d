/** Runs the parsing worker for one load. */
import { Worker } from "node:worker_threads";
import { cancelled, RunlensError, throwIfCancelled } from "../../errors.ts";
import { workerLimits, workerUrl } from "../../worker.ts";
import type { Progress, SourceLoad } from "../source.ts";
import { type HistoryReader, historyProblem } from "./history.ts";
import type { FileProblem, ParseTask } from "./parser.ts";
import type { FromParser, ParserData, ToParser } from "./parser-messages.ts";

/** Parsing needs one chunk and one file's rows; a limit keeps a defect from taking the machine. */
const MEMORY_MB = 512;
/** Milliseconds of loading between two publications. */
const PUBLISH_EVERY = 10_000;

export interface ParseOptions {
  load: SourceLoad;
  signal: AbortSignal;
  progress(progress: Progress): void;
  history: HistoryReader;
  /** Milliseconds between publications; tests shorten it. */
  publishEvery?: number;
}

/** Parses the files of `task` into `load`. Rejects with `CANCELLED` when `signal` is aborted. */
export async function parse(task: ParseTask, options: ParseOptions): Promise<FileProblem[]> {
  const { load, signal, progress } = options;
  throwIfCancelled(signal);
  const port = await load.port();
  const data: ParserData = { task, port, publishEvery: options.publishEvery ?? PUBLISH_EVERY };
  const worker = new Worker(workerUrl("parser-worker"), {
    workerData: data,
    transferList: [port],
    resourceLimits: workerLimits(MEMORY_MB),
    name: "runlens artifacts",
  });
  return new Promise<FileProblem[]>((resolve, reject) => {
    const onAbort = (): void => reject(cancelled(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    worker.on("message", (message: FromParser) => {
      if (message.type === "done") resolve(message.problems);
      else if (message.type === "history") {
        const { folder, ids } = message;
        rowsOf(options.history, folder, ids).then((answer) => worker.postMessage(answer), reject);
      } else if (message.type === "progress")
        progress(progressOf(message, task.files.length + task.histories.length));
      else {
        const goOn = (): void => {
          if (message.type === "publish") worker.postMessage({ type: "go" } satisfies ToParser);
          else reject(new Error("the store refused a part of the load without a reason"));
        };
        load.publish().then(goOn, reject);
      }
    });
    worker.on("error", (error) => reject(workerFailure(error)));
    worker.on("exit", (code) => reject(new Error(`the parsing worker ended with exit code ${code}`)));
  }).finally(async () => {
    // It holds no database: it may be stopped wherever it is.
    worker.removeAllListeners("exit");
    await worker.terminate();
  });
}

async function rowsOf(history: HistoryReader, folder: string, ids: readonly string[]): Promise<ToParser> {
  try {
    return { type: "rows", rows: await history.rows(folder, ids), problem: null };
  } catch (error) {
    return { type: "rows", rows: [], problem: historyProblem(error) };
  }
}

function progressOf(
  { done, total, files }: { done: number; total: number; files: number },
  all: number,
): Progress {
  return { done, total, message: `read ${files} of ${all} ${all === 1 ? "file" : "files"}` };
}

function workerFailure(error: unknown): unknown {
  const isMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (!isMemory) return error;
  return new RunlensError(
    "TOO_LARGE",
    `Reading the artifacts took more than ${MEMORY_MB} MB of memory.`,
    "Point DBT_ARTIFACTS_PATH at fewer or smaller artifacts, and report the size of the largest file as a defect.",
    { cause: error },
  );
}
