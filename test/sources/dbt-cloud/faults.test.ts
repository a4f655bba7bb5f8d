/** Each fault of the platform where nothing is known yet: the code, the next move, and that it leaves no trace. */
import { describe, expect, it } from "vitest";
import { MINUTE, oneProject, openBench, shortenTimeout } from "./bench.ts";
import { FAILURES, NAMES, REFUSALS } from "./fault-table.ts";

/** What a question about models sends first to each API. */
const FIRST = { admin: "/projects/", discovery: "query Definitions" } as const;

describe.each(FAILURES)("$kind of the $api API", ({ kind, api, code, message, hint, attempts }) => {
  it(`is ${code} after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, and is over when it is over`, async () => {
    if (kind === "slow") shortenTimeout(500);
    const bench = await openBench({ world: oneProject() });
    bench.emulator.setFaults([{ kind, api, match: FIRST[api] }]);
    const error = await bench.failure("list_models");
    expect(error.code).toBe(code);
    expect(error.message).toContain(NAMES[api]);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    const sent = bench.requests().filter((request) => /projects|Definitions/.test(request));
    expect(sent.filter((request) => request.startsWith(api))).toHaveLength(attempts);
    expect(bench.clock.pauses).toHaveLength(attempts - 1);

    bench.emulator.setFaults([]);
    // The longest of what a fault may bring: the cooldown after a refusal for the rate.
    bench.clock.pass(5 * MINUTE);
    const { items, source } = await bench.ask("list_models");
    expect(items.length).toBeGreaterThan(0);
    expect(source).toMatchObject({ complete: true, notes: [] });
  });
});

describe.each(FAILURES.filter(({ attempts }) => attempts > 1))("a passing $kind of the $api API", (fault) => {
  const { kind, api } = fault;

  it("is tried again, and nobody hears of it", async () => {
    if (kind === "slow") shortenTimeout(500);
    const bench = await openBench({ world: oneProject() });
    bench.emulator.setFaults([{ kind, api, match: FIRST[api], times: 2 }]);
    const { items, source } = await bench.ask("list_models");
    expect(items.length).toBeGreaterThan(0);
    expect(source).toMatchObject({ complete: true, notes: [] });
    // Ever longer, and half of each left to chance.
    const [first = 0, second = 0] = bench.clock.pauses;
    expect(bench.clock.pauses).toHaveLength(2);
    expect([first >= 250 && first <= 500, second >= 500 && second <= 1000]).toEqual([true, true]);
  });
});

describe.each(REFUSALS)("$kind of the $api API", ({ kind, api }) => {
  it("is made up for by artifacts, with a note, and is over when it is over", async () => {
    const bench = await openBench({ world: oneProject() });
    bench.emulator.setFaults([{ kind, api }]);
    const during = await bench.ask("list_models");
    expect(during.items).toHaveLength(12);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes).toEqual([
      expect.stringMatching(/Discovery API refuses the token.*runlens doctor/),
    ]);
    const again = await bench.ask("list_models");
    expect(again.source).toMatchObject({ complete: false, notes: during.source.notes });

    bench.emulator.setFaults([]);
    bench.clock.pass(6 * MINUTE);
    const after = await bench.ask("list_models");
    expect(after.source).toMatchObject({ complete: true, notes: [] });
    expect(after.items.every(({ materialization }) => materialization !== null)).toBe(true);
  });
});
