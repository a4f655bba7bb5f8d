/**
 * Loaded into a measured process by `node --import`. When the process ends it writes to the file named by
 * BENCH_WATCH_FILE: the peak of its memory, and every time its main loop came late. Of each it tells how long the
 * main thread was ready but had no processor, which is the machine's doing as much as the program's.
 */
import { closeSync, existsSync, openSync, readSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const INTERVAL_MS = 2;
/** Lateness that is not worth a record. */
const NOTHING_MS = 5;
/** Linux: nanoseconds on a processor, nanoseconds of waiting for one, and a count. Of the main thread alone. */
const SCHEDULING = `/proc/self/task/${process.pid}/schedstat`;

/** @typedef {{ at: number, ms: number, waited: number }} Stall epoch milliseconds, and lengths in milliseconds */

const file = process.env.BENCH_WATCH_FILE;
// Workers load what their process was started with; only the main loop is of interest.
if (isMainThread && file !== undefined) watch(file);

/** @param {string} path */
function watch(path) {
  /** @type {Stall[]} */
  const stalls = [];
  const waiting = waitingTime();
  const now = () => performance.timeOrigin + performance.now();
  let last = now();
  let lastWaiting = waiting();
  setInterval(() => {
    const at = now();
    const waited = waiting();
    const ms = at - last - INTERVAL_MS;
    if (ms > NOTHING_MS) stalls.push({ at: last, ms, waited: waited - lastWaiting });
    last = at;
    lastWaiting = waited;
  }, INTERVAL_MS).unref();
  process.on("exit", () => {
    // maxRSS is in kilobytes.
    writeFileSync(path, JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024, stalls }));
  });
}

/** Tells for how many milliseconds the main thread has waited for a processor; always 0 where nothing says so. */
function waitingTime() {
  if (!existsSync(SCHEDULING)) return () => 0;
  const handle = openSync(SCHEDULING, "r");
  process.on("exit", () => closeSync(handle));
  const bytes = Buffer.alloc(128);
  return () => {
    const length = readSync(handle, bytes, 0, bytes.length, 0);
    return Number(bytes.toString("latin1", 0, length).split(" ")[1] ?? 0) / 1e6;
  };
}
