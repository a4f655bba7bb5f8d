/** The way of the upstream command, as the benchmark measures it: what is still missing, at most a hundred times. */
import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { type Emulator, startEmulator } from "../emulators/dagster/server.ts";
import { syntheticWorld } from "../emulators/dagster/synthetic.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const Told = z.object({
  requests: z.int(),
  scanned: z.int(),
  found: z.array(z.looseObject({ stepKey: z.string() })),
});
const Module = z.object({
  asUpstream: z.custom<(question: object) => Promise<unknown>>((value) => typeof value === "function"),
});
const { asUpstream } = Module.parse(
  await import(new URL("../../bench/dagster/as-upstream.mjs", import.meta.url).href),
);

/** Failures within the first hundred pages, and far behind them. */
const EARLY = [7, 60, 61];
const LATE = [2900, 2950];
let emulator: Emulator;
let run: string;

beforeAll(async () => {
  const world = syntheticWorld({
    now: NOW,
    jobs: 1,
    runs: 1,
    assets: 0,
    events: 3000,
    failuresAt: [...EARLY, ...LATE],
  });
  run = world.runs.at(-1)?.id ?? "";
  emulator = await startEmulator({ world, now: () => NOW });
});
afterAll(() => emulator.close());

const ask = async (limit: number) => {
  emulator.resetCounts();
  const told = Told.parse(await asUpstream({ url: emulator.url, run, type: "STEP_FAILURE", limit }));
  expect(told.requests).toBe(emulator.count());
  const asked = emulator.requests.map(({ variables }) => z.looseObject({ limit: z.int() }).parse(variables));
  return { ...told, pages: asked.map((variables) => variables.limit) };
};

it("asks for what is still missing, so that no event is lost between pages", async () => {
  const { found, pages, scanned } = await ask(EARLY.length);
  expect(found).toHaveLength(EARLY.length);
  // Three at a time up to the first failure at 7, two up to that at 60, then one.
  expect(pages).toEqual([...Array(3).fill(3), ...Array(26).fill(2), 1]);
  expect(scanned).toBe(62);
});

it("stops after a hundred pages, whatever lies behind them", async () => {
  const { found, requests, scanned } = await ask(EARLY.length + LATE.length);
  expect(requests).toBe(100);
  expect(found).toHaveLength(EARLY.length);
  expect(scanned).toBeLessThan(300);
});
