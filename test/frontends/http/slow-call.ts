/** An operation that answers when a test says so, and what is needed to serve it. */
import { z } from "zod";
import { defineOperation } from "../../../src/operation.ts";
import { askFake, keptLog } from "../fake.ts";

/** What the test lets happen, and what has happened. */
export const scene = { begun: 0, aborted: 0, go: (): void => undefined };

/** Tells that it has begun, and answers when the test says so. */
export const slow = defineOperation({
  name: "slow",
  path: "GET /slow",
  title: "Slow",
  summary: "Answers when it is let.",
  guidance: "Wait for it.",
  input: z.strictObject({ at_once: z.boolean().default(false) }),
  output: z.object({ text: z.string() }),
  examples: [{ ask: "How slow?", input: {} }],
  columns: ["text"],
  handle: async ({ atOnce }, { ask }) => {
    ask.progress?.({ done: 1, total: 2, message: "half of it" });
    scene.begun++;
    await new Promise<void>((resolve, reject) => {
      if (atOnce) resolve();
      scene.go = resolve;
      ask.signal?.addEventListener("abort", () => {
        scene.aborted++;
        reject(ask.signal?.reason);
      });
    });
    return { toJSON: () => ({ text: "done" }) };
  },
});

const { log } = keptLog();
/** Serves it alone. */
export const options = {
  operations: [slow],
  resources: [],
  ask: askFake,
  askAbout: () => askFake,
  log,
  version: "1.2.3",
};
