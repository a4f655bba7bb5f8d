/** Each fault of the platform where something is known: it is answered, with its age and the reason. */
import { describe, expect, it } from "vitest";
import { addRun } from "../../emulators/dbt-cloud/changes.ts";
import { type Bench, MINUTE, NOW, oneProject, openBench, shortenTimeout } from "./bench.ts";
import { FAILURES, REFUSALS } from "./fault-table.ts";

const NIGHTLY = 510_001;
const models = { limit: 20 };

/** Another build from another commit, so that both APIs have something new to tell. */
function buildAgain({ world, clock }: Bench): void {
  addRun(world, NIGHTLY, { startedAt: clock.now() - 10 * MINUTE, gitSha: "b".repeat(40) });
}

// What each kind is called for each API: faults.test.ts. Here one of the two, in turns.
const KINDS = [...new Set(FAILURES.map(({ kind }) => kind))];
const IN_TURNS = KINDS.flatMap((kind, index) => {
  const both = FAILURES.filter((fault) => fault.kind === kind);
  return both[index % both.length] ?? [];
});

describe.each(IN_TURNS)("$kind of the $api API", ({ kind, api, message }) => {
  it("leaves what is known, says how old it is, and is forgotten once it is over", async () => {
    if (kind === "slow") shortenTimeout(500);
    const bench = await openBench({ world: oneProject() });
    const before = await bench.ask("list_models", models);
    bench.clock.pass(20 * MINUTE);
    buildAgain(bench);
    bench.emulator.setFaults([{ kind, api }]);
    const during = await bench.ask("list_models", models);
    expect(during.items).toEqual(before.items);
    expect(during.source.complete).toBe(false);
    expect(during.source.as_of).toBe(new Date(NOW).toISOString());
    const note = during.source.notes.find((one) => message.test(one));
    expect(note).toMatch(/could not be read: .*20 minutes old\.$/);

    bench.emulator.setFaults([]);
    bench.clock.pass(6 * MINUTE);
    const after = await bench.ask("list_models", models);
    expect(after.source).toMatchObject({
      complete: true,
      notes: [],
      as_of: new Date(NOW + 26 * MINUTE).toISOString(),
    });
    expect(after.items[0]?.last_run_started_at).not.toBe(before.items[0]?.last_run_started_at);

    // Nor does it lie in the way of a refresh after it.
    bench.clock.pass(20 * MINUTE);
    buildAgain(bench);
    bench.emulator.setFaults([{ kind, api }]);
    const refused = await bench.ask("list_models", { ...models, refresh: true });
    expect(refused.source.complete).toBe(false);
    bench.emulator.setFaults([]);
    if (kind === "429") bench.clock.pass(5 * MINUTE);
    const refreshed = await bench.ask("list_models", { ...models, refresh: true });
    expect(refreshed.source).toMatchObject({ complete: true, notes: [] });
    expect(refreshed.items[0]?.last_run_started_at).not.toBe(after.items[0]?.last_run_started_at);
  });
});

describe.each(REFUSALS)("$kind of the $api API", ({ kind, api }) => {
  it("leaves the definitions that are known, and brings newer results from artifacts", async () => {
    const bench = await openBench({ world: oneProject() });
    const before = await bench.ask("list_models", models);
    bench.clock.pass(20 * MINUTE);
    buildAgain(bench);
    bench.emulator.setFaults([{ kind, api }]);
    const during = await bench.ask("list_models", models);
    const defined = ({ items }: typeof before) =>
      items.map((one) => [one.unique_id, one.tags, one.materialization]);
    expect(defined(during)).toEqual(defined(before));
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.join(" ")).toMatch(/Discovery API refuses the token/);
    expect(during.items[0]?.last_run_started_at).not.toBe(before.items[0]?.last_run_started_at);
  });
});

describe.each(["500", "429", "partial"] as const)("results that cannot be fetched for %s", (kind) => {
  it("leave the run without its counts, and a note says why", async () => {
    const bench = await openBench({ world: oneProject() });
    await bench.ask("list_jobs");
    bench.emulator.setFaults([
      { kind, api: "discovery" },
      { kind: kind === "partial" ? "500" : kind, api: "admin", match: /run_steps|artifacts/ },
    ]);
    const during = await bench.ask("list_runs", { limit: 2 });
    expect(during.items).toHaveLength(2);
    expect(during.items.map((run) => run.model_count)).toEqual([null, null]);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.join(" ")).toMatch(/API/);
    bench.emulator.setFaults([]);
    bench.clock.pass(6 * MINUTE);
    const after = await bench.ask("list_runs", { limit: 2 });
    expect(after.source).toMatchObject({ complete: true, notes: [] });
    expect(after.items.every((run) => Number(run.model_count) > 0)).toBe(true);
  });
});
