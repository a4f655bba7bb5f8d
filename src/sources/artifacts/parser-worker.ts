/**
 * The thread that parses artifacts. It reads files and nothing else, so that it may be terminated at any time;
 * what it makes of them goes straight to the store's writer.
 */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { buffersOf, type ParserHost, parseFiles } from "./parser.ts";
import type { FromParser, ParserData, ToParser } from "./parser-messages.ts";

/** Batches that may be under way to the writer: one being stored, one waiting, one being made. */
const UNDER_WAY = 3;
/** Progress is told no more often than this, in milliseconds. */
const TELL_EVERY = 100;

async function main(): Promise<void> {
  if (parentPort === null) throw new Error("this module is a worker");
  const parent = parentPort;
  // The one place that starts this worker passes exactly this (parse.ts).
  const { task, port, publishEvery } = workerData as ParserData;
  const tell = (message: FromParser): void => parent.postMessage(message);
  let unanswered = 0;
  let wake: (() => void) | null = null;
  let isRefused = false;
  port.on("message", ({ type }: { type: "ack" | "failed" }) => {
    unanswered--;
    isRefused ||= type === "failed";
    wake?.();
  });
  port.on("close", () => {
    isRefused = true;
    wake?.();
  });
  const waitUntil = async (most: number): Promise<void> => {
    while (unanswered > most && !isRefused) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (isRefused) throw new Refused();
  };
  const ask = async (message: FromParser): Promise<ToParser> => {
    tell(message);
    // The thread that started this worker sends nothing but answers.
    const [answer] = (await once(parent, "message")) as [ToParser];
    return answer;
  };
  let publishedAt = performance.now();
  let toldAt = 0;
  const host: ParserHost = {
    async send(batch) {
      unanswered++;
      port.postMessage({ type: "batch", batch }, buffersOf(batch));
      await waitUntil(UNDER_WAY - 1);
    },
    async history(folder, ids) {
      const answer = await ask({ type: "history", folder, ids });
      if (answer.type !== "rows") throw new Error("rows of a history were expected");
      return answer;
    },
    async progress(done, total, files) {
      const now = performance.now();
      if (now - toldAt > TELL_EVERY || done === total) {
        toldAt = now;
        tell({ type: "progress", done, total, files });
      }
      if (now - publishedAt < publishEvery || done === total) return false;
      await waitUntil(0);
      await ask({ type: "publish" });
      publishedAt = performance.now();
      return true;
    },
  };
  try {
    const problems = await parseFiles(task, host);
    await waitUntil(0);
    tell({ type: "done", problems });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell({ type: "refused" });
  }
  port.close();
}

/** The store wants no more of this load: it has failed, or is over. */
class Refused extends Error {}

await main();
