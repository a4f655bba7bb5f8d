/** The library over a source, in a process that is watched. Its clock goes ahead when told to. */
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { obey } from "./program.mjs";

const [library = "", settings = "{}"] = process.argv.slice(2);
const { Account } = await import(pathToFileURL(library).href);
let { ahead, ...options } = JSON.parse(settings);
/** @type {import("../../src/core/knowledge.ts").Clock} */
const clock = {
  now: () => Date.now() + ahead,
  // Ends with the caller, who may no longer wait.
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};
const account = new Account({ ...options, clock });

/** The answer to a question, as a client gets it. @param {string} method @param {object} [question] */
async function answer(method, question) {
  return JSON.stringify(await account[method](question));
}

const memory = () => {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
};

obey(
  {
    /** The answer, when it was asked for (epoch milliseconds), how long it took, and how long of a processor. */
    async ask(/** @type {string} */ method, /** @type {object} */ question) {
      const before = process.cpuUsage();
      const from = performance.now();
      const text = await answer(method, question);
      const ms = performance.now() - from;
      const { user, system } = process.cpuUsage(before);
      const ownMs = (user + system) / 1000;
      return { answer: JSON.parse(text), ms, ownMs, asked: performance.timeOrigin + from };
    },
    /** Asks all questions in turns, so many in all; milliseconds of each. */
    async askMany(/** @type {[string, object][]} */ questions, /** @type {number} */ count) {
      const times = new Float64Array(count);
      for (let index = 0; index < count; index++) {
        const [method, question] = questions[index % questions.length] ?? ["", {}];
        const from = performance.now();
        await answer(method, question);
        times[index] = performance.now() - from;
      }
      return times;
    },
    advance(/** @type {number} */ ms) {
      ahead += ms;
    },
    memory,
  },
  () => account.close(),
);
