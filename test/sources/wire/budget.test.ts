import { describe, expect, it } from "vitest";
import { Budget } from "../../../src/sources/wire/budget.ts";
import { Cooldown, retryAfterOf } from "../../../src/sources/wire/cooldown.ts";
import { Slots } from "../../../src/sources/wire/slots.ts";
import { failureOf, NOW, QuickClock, StillClock, WAITING } from "../dbt-cloud/served.ts";

describe("the budget", () => {
  it("lets nine tenths of the rate pass in any minute", async () => {
    const clock = new QuickClock();
    const budget = new Budget(clock, 10);
    const sent: number[] = [];
    for (let request = 0; request < 30; request++) {
      await budget.take(WAITING);
      sent.push(clock.time);
      clock.time += 1_000;
    }
    for (const at of sent) {
      const inMinute = sent.filter((other) => other >= at && other < at + 60_000);
      expect(inMinute.length).toBeLessThanOrEqual(9);
    }
    // The tenth waits for the first to be a minute old, and no longer.
    expect(sent[9]).toBe(NOW + 60_000);
    expect(clock.sleeps).toHaveLength(3);
  });

  it("lets go of whoever gives up", async () => {
    const clock = new StillClock();
    const budget = new Budget(clock, 1);
    await budget.take(WAITING);
    const stop = new AbortController();
    const waiting = budget.take(stop.signal);
    expect(clock.sleepers).toBe(1);
    stop.abort();
    expect((await failureOf(waiting)).code).toBe("CANCELLED");
  });

  it("does not wait for a time that a clock set back has yet to reach", async () => {
    const clock = new QuickClock();
    const budget = new Budget(clock, 1);
    await budget.take(WAITING);
    clock.time -= 3_600_000;
    await budget.take(WAITING);
    expect(clock.sleeps).toEqual([]);
  });
});

describe("slots", () => {
  it("are handed on in the order of arrival, and never more than there are", async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    const gates: (() => void)[] = [];
    let at = 0;
    let most = 0;
    const work = (name: number) =>
      slots.run(async () => {
        order.push(name);
        at++;
        most = Math.max(most, at);
        await new Promise<void>((resolve) => gates.push(resolve));
        at--;
      }, WAITING);
    const all = [1, 2, 3, 4, 5].map(work);
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      gates.shift()?.();
    }
    await Promise.all(all);
    expect([order, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  it("are not lost to work that fails or gives up", async () => {
    const slots = new Slots(1);
    await expect(slots.run(() => Promise.reject(new Error("no")), WAITING)).rejects.toThrow("no");
    let open = () => {};
    const first = slots.run(() => new Promise<void>((resolve) => (open = resolve)), WAITING);
    const stop = new AbortController();
    const second = slots.run(() => Promise.resolve("second"), stop.signal);
    const third = slots.run(() => Promise.resolve("third"), WAITING);
    stop.abort();
    expect((await failureOf(second)).code).toBe("CANCELLED");
    open();
    await first;
    expect(await third).toBe("third");
    expect((await failureOf(slots.run(() => Promise.resolve(), stop.signal))).code).toBe("CANCELLED");
  });
});

describe("the cooldown", () => {
  it("lasts five minutes, or as long as the refusal says", () => {
    const clock = new QuickClock();
    const cooldown = new Cooldown(clock, 5 * 60_000);
    expect(cooldown.until).toBeNull();
    expect(cooldown.begin(null)).toBe("2026-11-20T06:05:00.000Z");
    clock.time += 299_999;
    expect(cooldown.until).toBe("2026-11-20T06:05:00.000Z");
    clock.time += 1;
    expect(cooldown.until).toBeNull();
    expect(cooldown.begin(90_000)).toBe("2026-11-20T06:06:30.000Z");
  });

  it.each([
    [{ "retry-after": "120" }, 120_000],
    [{ "retry-after": "Fri, 20 Nov 2026 06:00:30 GMT" }, 30_000],
    [{ "x-rate-limit-retry-after-seconds": "7" }, 7_000],
    [{ "retry-after": "Fri, 20 Nov 2020 06:00:30 GMT" }, null],
    [{ "retry-after": "0" }, null],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "99999999" }, null],
    [{}, null],
  ])("reads %o", (headers, ms) => {
    expect(retryAfterOf(new Headers(headers), NOW)).toBe(ms);
  });
});
