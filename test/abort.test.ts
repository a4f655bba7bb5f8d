import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { AnySignal } from "../src/abort.ts";

it("is aborted with the first of its signals, for its reason, once", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = new AnySignal([one.signal, other.signal]);
  expect(signal.aborted).toBe(false);
  other.abort("enough");
  one.abort("too late");
  expect(signal.reason).toBe("enough");
});

it("is aborted from the start where one of them is", () => {
  const { signal } = new AnySignal([new AbortController().signal, AbortSignal.abort("before")]);
  expect(signal.reason).toBe("before");
});

it("leaves nothing with its signals when it has ended, and is no longer aborted with them", () => {
  const long = new AbortController();
  for (let times = 0; times < 100; times++) {
    const any = new AnySignal([new AbortController().signal, long.signal]);
    expect(getEventListeners(long.signal, "abort")).toHaveLength(1);
    any.end();
    long.signal.throwIfAborted();
  }
  const any = new AnySignal([long.signal]);
  any.end();
  long.abort();
  expect(any.signal.aborted).toBe(false);
  expect(getEventListeners(long.signal, "abort")).toEqual([]);
});
