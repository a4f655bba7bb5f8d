/** What the parsing worker and the thread that started it say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { FileProblem, ParseTask } from "./parser.ts";

/** The worker's data; `port` is the store's. */
export interface ParserData {
  task: ParseTask;
  port: MessagePort;
  /** Milliseconds of loading after which what was sent is published. */
  publishEvery: number;
}

export type FromParser =
  | { type: "progress"; done: number; total: number; files: number }
  /** Everything sent has arrived: publish, then answer with `go`. */
  | { type: "publish" }
  /** Wants the rows of these invocations of the history in `folder`; answer with `rows`. */
  | { type: "history"; folder: string; ids: string[] }
  /** The store takes no more; publishing says why. */
  | { type: "refused" }
  | { type: "done"; problems: FileProblem[] };

export type ToParser =
  | { type: "go" }
  /** Rows as JSON, or why there are none, to follow the name of the history. */
  | { type: "rows"; rows: string[]; problem: string | null };
