/** Questions about a whole account of which one project fails or is slow. */
import { describe, expect, it } from "vitest";
import { addRun } from "../../emulators/dbt-cloud/changes.ts";
import type { Fault } from "../../emulators/dbt-cloud/faults.ts";
import { type Answer, type Bench, MINUTE, openBench, shortenTimeout } from "./bench.ts";

/** The production environment of the second of three projects. */
const ENVIRONMENT = "2100021";
const PROJECT = "Division 2";
const NIGHTLY = [510_001, 510_002, 510_003];

const FAULTS: readonly Fault[] = [
  { kind: "500", api: "discovery", match: ENVIRONMENT },
  { kind: "slow", api: "discovery", match: ENVIRONMENT },
  { kind: "partial", api: "discovery", match: ENVIRONMENT },
  { kind: "complexity", api: "discovery", match: ENVIRONMENT },
];

function projectsOf({ items }: Answer): string[] {
  return [...new Set(items.map((item) => String(item.project_id)))].sort();
}

/** Something new in every project. */
function buildAll({ world, clock }: Bench): void {
  for (const job of NIGHTLY)
    addRun(world, job, { startedAt: clock.now() - 10 * MINUTE, gitSha: "c".repeat(40) });
}

describe.each(FAULTS)("$kind in one project", (fault) => {
  // Fails now and then for the defect that publication.test.ts shows: what one part sends is lost to another's renewal.
  it("takes nothing from the others where nothing is known of it", async () => {
    if (fault.kind === "slow") shortenTimeout(1000);
    const bench = await openBench();
    bench.emulator.setFaults([fault]);
    const during = await bench.ask("list_models", { limit: 100 });
    expect(projectsOf(during)).toEqual(["210001", "210003"]);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.filter((note) => note.includes(PROJECT))).toHaveLength(1);
    expect(during.source.notes.join()).not.toMatch(/Division [13]/);

    bench.emulator.setFaults([]);
    bench.clock.pass(6 * MINUTE);
    const after = await bench.ask("list_models", { limit: 100 });
    expect(projectsOf(after)).toEqual(["210001", "210002", "210003"]);
    expect(after.source).toMatchObject({ complete: true, notes: [] });
  });

  it("leaves what is known of it, and names it", async () => {
    if (fault.kind === "slow") shortenTimeout(1000);
    const bench = await openBench();
    const before = await bench.ask("list_models", { limit: 100 });
    bench.clock.pass(20 * MINUTE);
    buildAll(bench);
    bench.emulator.setFaults([fault]);
    const during = await bench.ask("list_models", { limit: 100 });
    expect(projectsOf(during)).toEqual(["210001", "210002", "210003"]);
    const of = (answer: Answer, id: string) => answer.items.filter((item) => item.project_id === id);
    expect(of(during, "210002")).toEqual(of(before, "210002"));
    expect(of(during, "210001")).not.toEqual(of(before, "210001"));
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.find((note) => note.includes(PROJECT))).toMatch(/20 minutes old/);
    expect(during.source.notes.join()).not.toMatch(/Division [13]/);
  });

  it("does not keep the slowest models of the others from being found", async () => {
    if (fault.kind === "slow") shortenTimeout(1000);
    const bench = await openBench();
    bench.emulator.setFaults([fault]);
    const during = await bench.ask("slowest_models", { slowest_n: 50, last_n_runs: 3, limit: 50 });
    expect(projectsOf(during)).toEqual(["210001", "210003"]);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.some((note) => note.includes(PROJECT))).toBe(true);
    expect(during.items.every((model) => model.runs_counted === 3)).toBe(true);
  });
});

describe.each(["403", "errors-in-200"] as const)("%s in one project", (kind) => {
  it("is made up for by artifacts there alone, and a note names the project", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind, api: "discovery", match: ENVIRONMENT }]);
    const { items, source } = await bench.ask("list_models", { limit: 100 });
    const without = items.filter(({ materialization }) => materialization === null);
    expect(new Set(without.map((model) => model.project_id))).toEqual(new Set(["210002"]));
    expect(source.complete).toBe(false);
    expect(source.notes).toEqual([expect.stringContaining(PROJECT)]);
  });
});

describe("a question about the failing project alone", () => {
  it("is the failure", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind: "500", api: "discovery", match: ENVIRONMENT }]);
    const error = await bench.failure("list_models", { project_ids: ["210002"] });
    expect(error.code).toBe("UPSTREAM");
    const other = await bench.ask("list_models", { project_ids: ["210003"] });
    expect(other.source).toMatchObject({ complete: true, notes: [] });
  });
});
