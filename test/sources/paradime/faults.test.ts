/** What each fault of the vendor becomes: the code, the next move, how often it is tried, and that it leaves no trace. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type ErrorCode, RunlensError } from "../../../src/errors.ts";
import type { Artifact } from "../../../src/sources/paradime/artifacts.ts";
import { probeWorkspace } from "../../../src/sources/paradime/probe.ts";
import type { Fault } from "../../emulators/paradime/faults.ts";
import { madeUpWorld } from "../../emulators/paradime/made-up.ts";
import { MINUTE, NOW, openBench, SECRETS, SetClock } from "./bench.ts";
import { openWire, type WireBench } from "./wire-bench.ts";

const signal = new AbortController().signal;

/** A clock whose short pauses are over at once, and took as long as they should have. */
class PassingClock extends SetClock {
  override async sleep(ms: number, asked?: AbortSignal): Promise<void> {
    await super.sleep(ms, asked);
    this.pass(ms);
  }
}

interface FaultCase {
  fault: Fault;
  code: ErrorCode;
  message: RegExp;
  hint: RegExp;
  attempts: number;
}

const AGAIN = /Ask again in a minute/;
const KEY = /PARADIME_API_KEY.*PARADIME_API_SECRET.*PARADIME_API_ENDPOINT/;
const ENDPOINT = /PARADIME_API_ENDPOINT/;

const OF_API: readonly FaultCase[] = [
  {
    fault: { kind: "401" },
    code: "UNAUTHENTICATED",
    message: /refuses the key \(Invalid API key\)/,
    hint: KEY,
    attempts: 1,
  },
  {
    fault: { kind: "403" },
    code: "FORBIDDEN",
    message: /does not allow this/,
    hint: /Bolt schedules metadata viewer/,
    attempts: 1,
  },
  {
    fault: { kind: "404" },
    code: "NOT_FOUND",
    message: /no workspace at this address/,
    hint: ENDPOINT,
    attempts: 1,
  },
  {
    fault: { kind: "429" },
    code: "RATE_LIMITED",
    message: /no more requests until 2026-11-18T07:30:30/,
    hint: /Ask again after/,
    attempts: 1,
  },
  {
    fault: { kind: "500" },
    code: "UPSTREAM",
    message: /status 500 \(Internal server error\)/,
    hint: AGAIN,
    attempts: 3,
  },
  { fault: { kind: "502" }, code: "UPSTREAM", message: /status 502/, hint: AGAIN, attempts: 3 },
  { fault: { kind: "503" }, code: "UPSTREAM", message: /status 503/, hint: AGAIN, attempts: 3 },
  {
    fault: { kind: "errors-in-200" },
    code: "UNAUTHENTICATED",
    message: /refuses the key/,
    hint: KEY,
    attempts: 1,
  },
  { fault: { kind: "html" }, code: "UPSTREAM", message: /web page/, hint: ENDPOINT, attempts: 1 },
  { fault: { kind: "not-json" }, code: "UPSTREAM", message: /not JSON/, hint: ENDPOINT, attempts: 1 },
  {
    fault: { kind: "elsewhere" },
    code: "UPSTREAM",
    message: /where the key must not go/,
    hint: ENDPOINT,
    attempts: 1,
  },
  {
    fault: { kind: "one-error" },
    code: "UPSTREAM",
    message: /answered with an error \(Something went wrong\)/,
    hint: AGAIN,
    attempts: 1,
  },
  {
    fault: { kind: "slow" },
    code: "TIMEOUT",
    message: /did not answer within 0.1 s/,
    hint: AGAIN,
    attempts: 3,
  },
  { fault: { kind: "cut" }, code: "UPSTREAM", message: /could not be reached/, hint: ENDPOINT, attempts: 3 },
  {
    fault: { kind: "reset" },
    code: "UPSTREAM",
    message: /could not be reached: ECONNRESET/,
    hint: ENDPOINT,
    attempts: 3,
  },
];

/** Nothing of what was refused shows what would be let in. */
function expectNoSecret(error: unknown): void {
  const text = inspect(error, { depth: null, showHidden: true });
  for (const secret of SECRETS) expect(text).not.toContain(secret);
}

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (answer) => new Error(`answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );

describe.each(OF_API)("$fault.kind of the API", ({ fault, code, message, hint, attempts }) => {
  it(`is ${code} after ${attempts} attempts, and is over when it is over`, async () => {
    const { api, emulator, clock } = await openWire({ timeoutMs: fault.kind === "slow" ? 100 : 30_000 });
    emulator.setFaults([fault]);
    const error = await rejection(api.schedules(signal));
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expectNoSecret(error);
    expect(emulator.count("api")).toBe(attempts);
    emulator.setFaults([]);
    clock.pass(MINUTE);
    expect((await api.schedules(signal)).schedules).toHaveLength(1);
  });

  if (attempts > 1)
    it("is tried again, and nobody hears of it", async () => {
      const { api, emulator, clock } = await openWire({ timeoutMs: fault.kind === "slow" ? 100 : 30_000 });
      emulator.setFaults([{ ...fault, times: 2 }]);
      expect((await api.schedules(signal)).schedules).toHaveLength(1);
      expect(clock.pauses).toHaveLength(2);
    });
});

describe("the API", () => {
  it("is asked again when it says when", async () => {
    const { api, emulator, clock } = await openWire({ clock: new PassingClock(NOW) });
    emulator.setFaults([{ kind: "429", retryAfter: 2, times: 1 }]);
    expect((await api.schedules(signal)).schedules).toHaveLength(1);
    expect(clock.pauses).toEqual([2000]);
  });

  it.each([false, true])("answers the rest where a part of a question fails, strict: %s", async (strict) => {
    const world = madeUpWorld({ now: NOW, schedules: 3 });
    const { api, emulator } = await openWire({ world, strict });
    emulator.setFaults([{ kind: "one-error", times: 1 }]);
    const asked = ["s0", "s1", "s2"].map((slug) => ({ slug, offset: 0, limit: 10 }));
    const pages = await api.runs(asked, signal);
    expect(pages.map((page) => page?.runs.length)).toEqual([3, 3, 3]);
    const gone = await api.runs([...asked, { slug: "gone", offset: 0, limit: 10 }], signal);
    expect(gone.map((page) => page?.runs.length ?? null)).toEqual([3, 3, 3, null]);
  });

  it("rejects where a part of a question fails again when it is asked alone", async () => {
    const { api, emulator } = await openWire({ world: madeUpWorld({ now: NOW, schedules: 2 }) });
    emulator.setFaults([{ kind: "one-error" }]);
    const asked = ["s0", "s1"].map((slug) => ({ slug, offset: 0, limit: 10 }));
    await expect(api.runs(asked, signal)).rejects.toMatchObject({ code: "UPSTREAM" });
  });
});

describe("a probe", () => {
  it("says how many schedules there are, or what is wrong", async () => {
    const { api, emulator } = await openWire({ world: madeUpWorld({ now: NOW, schedules: 2 }) });
    expect(await probeWorkspace(api, "api.paradime.io", signal)).toEqual({
      ok: true,
      summary: "Paradime at api.paradime.io: 2 Bolt schedules",
      hint: null,
    });
    emulator.setFaults([{ kind: "403" }]);
    expect(await probeWorkspace(api, "api.paradime.io", signal)).toMatchObject({
      ok: false,
      summary: expect.stringContaining("FORBIDDEN"),
      hint: expect.stringContaining("Bolt schedules metadata viewer"),
    });
  });
});

const OF_STORAGE: readonly (Omit<FaultCase, "hint"> & { renewed: number })[] = [
  { fault: { kind: "401" }, code: "FORBIDDEN", message: /refuses the address/, attempts: 2, renewed: 1 },
  { fault: { kind: "expired" }, code: "FORBIDDEN", message: /refuses the address/, attempts: 2, renewed: 1 },
  {
    fault: { kind: "404" },
    code: "NOT_FOUND",
    message: /not have an artifact any more/,
    attempts: 1,
    renewed: 0,
  },
  { fault: { kind: "429" }, code: "RATE_LIMITED", message: /no more requests/, attempts: 1, renewed: 0 },
  { fault: { kind: "500" }, code: "UPSTREAM", message: /failed with status 500/, attempts: 3, renewed: 0 },
  { fault: { kind: "503" }, code: "UPSTREAM", message: /failed with status 503/, attempts: 3, renewed: 0 },
  {
    fault: { kind: "elsewhere" },
    code: "UPSTREAM",
    message: /sends its callers on/,
    attempts: 1,
    renewed: 0,
  },
  { fault: { kind: "slow" }, code: "TIMEOUT", message: /did not answer/, attempts: 3, renewed: 0 },
  { fault: { kind: "cut" }, code: "UPSTREAM", message: /could not be reached/, attempts: 3, renewed: 0 },
  {
    fault: { kind: "reset" },
    code: "UPSTREAM",
    message: /could not be reached: ECONNRESET/,
    attempts: 3,
    renewed: 0,
  },
];

/** The results of the first run. */
async function firstResults({ artifacts, world }: WireBench): Promise<Artifact[]> {
  const id = String(world.runs[0]?.id);
  const commands = (await artifacts.of([id], signal)).get(id) ?? [];
  return commands.flatMap((command) => command.artifacts).filter(({ name }) => name === "run_results.json");
}

const fileOf = ({ artifacts }: WireBench, wanted: readonly Artifact[]) =>
  artifacts.withFiles(
    wanted,
    async ([file]) => (file instanceof RunlensError ? file : readFileSync(file ?? "", "utf8")),
    signal,
  );

describe.each(OF_STORAGE)("$fault.kind of the storage", ({ fault, code, message, attempts, renewed }) => {
  it(`is ${code} after ${attempts} attempts, and is over when it is over`, async () => {
    const bench = await openWire({ timeoutMs: fault.kind === "slow" ? 100 : 30_000 });
    const { emulator, clock } = bench;
    const wanted = await firstResults(bench);
    emulator.setFaults([{ ...fault, host: "storage" }]);
    emulator.resetCounts();
    const error = await fileOf(bench, wanted);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expectNoSecret(error);
    expect(emulator.count("storage")).toBe(attempts);
    expect(emulator.count("api")).toBe(1 + renewed);
    emulator.setFaults([]);
    clock.pass(MINUTE);
    expect(await fileOf(bench, wanted)).toContain("run-results/v6.json");
  });
});

describe("an address of an artifact", () => {
  it("that has expired is asked for anew", async () => {
    const bench = await openWire();
    const wanted = await firstResults(bench);
    bench.emulator.setFaults([{ kind: "expired", host: "storage", times: 1 }]);
    expect(await fileOf(bench, wanted)).toContain("run-results/v6.json");
    expect(bench.names().filter((name) => name === "ResourceUrls")).toHaveLength(2);
  });

  it.each([
    "http://storage.example/a?X-Amz-Signature=1",
    "file:///etc/hosts",
    "nonsense",
  ])("that is not safe is not followed: %s", async (url) => {
    const bench = await openWire();
    const wanted = await firstResults(bench);
    bench.api.urls = () => Promise.resolve([url]);
    expect(await fileOf(bench, wanted)).toMatchObject({ code: "UPSTREAM", message: /not safe to follow/ });
  });
});

describe("an answer", () => {
  const RESULTS = { host: "storage", match: "run_results.json" } as const;

  it("has what can be read where the results of a run cannot, and says which, until they can", async () => {
    const { ask, emulator, clock, world } = await openBench();
    const newest = world.runs.at(-1);
    const [resource] =
      newest?.commands.at(-1)?.resources.filter(({ path }) => path.endsWith("run_results.json")) ?? [];
    emulator.setFaults([{ kind: "500", host: "storage", match: `/${resource?.id}/` }]);
    const during = await ask("slowest_models", { last_n_runs: 2 });
    expect(during.items).toHaveLength(2);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.join()).toContain(`the results of run ${newest?.id} could not be read`);
    emulator.setFaults([]);
    clock.pass(6 * MINUTE);
    const after = await ask("slowest_models", { last_n_runs: 2 });
    expect(after.source).toMatchObject({ complete: true, notes: [] });
    expect(after.items[0]).toMatchObject({ runs_counted: 2 });
  });

  it("is a failure where none can be read, and what was known before is kept", async () => {
    const { ask, failure, emulator, clock } = await openBench();
    emulator.setFaults([{ kind: "500", ...RESULTS }]);
    expect(await failure("slowest_models")).toMatchObject({ code: "UPSTREAM" });
    emulator.setFaults([]);
    expect((await ask("slowest_models")).items).toHaveLength(2);
    emulator.setFaults([{ kind: "500" }]);
    clock.pass(11 * MINUTE);
    const later = await ask("slowest_models");
    expect(later.items).toHaveLength(2);
    expect(later.source.complete).toBe(false);
    expect(later.source.notes.join()).toMatch(/status 500.*11 minutes old/);
  });

  it("says which results are gone or broken, and has the others", async () => {
    const { ask, emulator } = await openBench();
    emulator.setFaults([
      { kind: "404", ...RESULTS, times: 1 },
      { kind: "malformed", ...RESULTS, times: 1 },
    ]);
    const { items, source } = await ask("slowest_models", { last_n_runs: 3 });
    expect(items[0]).toMatchObject({ runs_counted: 1 });
    expect(source.notes.join()).toMatch(/run_results.json of run \d+ is not there any more/);
    expect(source.notes.join()).toMatch(/run_results.json of run \d+ is (cut short|not valid JSON)/);
  });

  it("does without definitions that cannot be read, and says so", async () => {
    const { ask, emulator } = await openBench();
    await ask("list_jobs");
    emulator.setFaults([{ kind: "malformed", host: "storage", match: "manifest.json" }]);
    const { source } = await ask("list_models");
    expect(source.complete).toBe(false);
    expect(source.notes.join()).toMatch(/the manifest of run \d+ is/);
  });

  it("takes words that are new", async () => {
    const { ask, emulator } = await openBench();
    emulator.setFaults([{ kind: "unknown-word", field: "state", word: "EVAPORATED" }]);
    const { items } = await ask("list_runs");
    expect(items.map((run) => [run.status, run.raw_status])).toEqual(
      Array(3).fill(["unknown", "EVAPORATED"]),
    );
  });
});
