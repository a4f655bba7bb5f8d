import { expect, test } from "vitest";
import { systemClock } from "../../src/sync/clock.ts";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a sleep ends with its signal, as a cancellation", async () => {
  const stop = new AbortController();
  const sleep = systemClock().sleep(60_000, stop.signal);
  stop.abort();
  await expect(sleep).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a sleep does not keep the process alive", async () => {
  const before = timers();
  const stop = new AbortController();
  const sleep = systemClock().sleep(60_000, stop.signal);
  expect(timers()).toBe(before);
  stop.abort();
  await expect(sleep).rejects.toThrow();
});

test("a sleep lasts as long as it says", async () => {
  const clock = systemClock();
  const start = clock.now();
  // Unreferenced, so that something else has to hold the process: the test runner does.
  await clock.sleep(20);
  expect(clock.now() - start).toBeGreaterThanOrEqual(19);
});
