/**
 * A workspace that runlens and Paradime's own package are asked about: the emulator serves it, and both read it over
 * its API as they would read a real one. The package runs in the environment that `scripts/live-setup.mjs` makes.
 */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { addCommand, addRun, leave } from "../../emulators/paradime/made-up.ts";
import { type Emulator, startEmulator } from "../../emulators/paradime/server.ts";
import { CREDENTIALS, type World } from "../../emulators/paradime/world.ts";
import { connect } from "../mcp-client.ts";
import { listAt, objectAt, PROGRAM, ROOT } from "../places.ts";
import type { Bench } from "../processes.ts";

const PYTHON = join(ROOT, ".live/paradime-sdk/bin/python");
const ASK = join(import.meta.dirname, "ask.py");
/** Milliseconds from the beginning of one run to that of the next. */
const BETWEEN_RUNS = 600_000;

/** A command of a run: its line, its exit code, and the files that it left in `target/`, by their names. */
export interface CommandInput {
  line: string;
  /** 0 where it is left out; null while it is under way. */
  returnCode?: number | null;
  files?: Readonly<Record<string, string>>;
}

/** Runs by the slug of their schedule, the oldest first, each a list of commands. */
export type Schedules = Readonly<Record<string, readonly (readonly CommandInput[])[]>>;

/** A method of their client and its arguments. */
export type Question = readonly [method: string, args: readonly unknown[]];

/** What their package gives back: a value, or the type of the exception that it raises. */
export type Told = { value: unknown } | { error: string; message: string };

export interface Workspace {
  /** Asks runlens, over MCP. */
  ours(operation: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Health of all models of a schedule by runlens, by unique_id. */
  ourModels(slug: string): Promise<Map<string, Record<string, unknown>>>;
  /** Asks one client of theirs all questions, one after the other. */
  theirs(...questions: readonly Question[]): Promise<Told[]>;
  close(): Promise<void>;
}

/** Serves the schedules. Their runs began one after the other in the order given, until now: both find them recent. */
export async function openWorkspace(bench: Bench, schedules: Schedules): Promise<Workspace> {
  const emulator = await startEmulator({ world: worldOf(schedules) });
  const client = await connect({
    command: process.execPath,
    args: [PROGRAM, "mcp"],
    cwd: bench.folder,
    env: {
      ...bench.env,
      RUNLENS_STORE: mkdtempSync(join(bench.folder, "store-")),
      PARADIME_API_ENDPOINT: emulator.url,
      PARADIME_API_KEY: CREDENTIALS.key,
      PARADIME_API_SECRET: CREDENTIALS.secret,
    },
  });
  const ours: Workspace["ours"] = (operation, input) => client.ask(operation, input);
  return {
    ours,
    async ourModels(slug) {
      const models = new Map<string, Record<string, unknown>>();
      let cursor: unknown = null;
      do {
        const page = await ours("get_model_health", {
          job_id: slug,
          limit: 100,
          ...(cursor !== null && { cursor }),
        });
        for (const model of listAt(page, "items")) models.set(String(model.unique_id), model);
        cursor = page.next_cursor ?? null;
      } while (cursor !== null);
      return models;
    },
    theirs: (...questions) => askTheirs(bench, emulator, questions),
    async close() {
      await client.close();
      await emulator.close();
    },
  };
}

function worldOf(schedules: Schedules): World {
  const world: World = { schedules: [], runs: [], credentials: CREDENTIALS };
  const runs = Object.entries(schedules).flatMap(([slug, list]) =>
    list.map((commands) => ({ slug, commands })),
  );
  for (const [index, slug] of Object.keys(schedules).entries()) {
    world.schedules.push({
      id: 100 + index,
      slug,
      name: slug,
      cron: "0 2 * * *",
      commands: (schedules[slug]?.at(-1) ?? []).map(({ line }) => line),
      branch: "main",
      isTurboCi: false,
      isSuspended: false,
    });
  }
  const first = Date.now() - runs.length * BETWEEN_RUNS;
  for (const [index, { slug, commands }] of runs.entries()) {
    addBoltRun(world, slug, first + index * BETWEEN_RUNS, commands);
  }
  return world;
}

function addBoltRun(world: World, slug: string, at: number, commands: readonly CommandInput[]): void {
  const codes = commands.map(({ returnCode }) => (returnCode === undefined ? 0 : returnCode));
  const isUnderWay = codes.includes(null);
  const state = isUnderWay ? "RUNNING" : codes.some((code) => code !== 0) ? "FAILED" : "SUCCESS";
  const run = addRun(world, slug, at, { state, ...(isUnderWay && { endedAt: null }) });
  addCommand(run, "git clone https://git.example/shop.git .");
  for (const { line, returnCode = 0, files = {} } of commands) {
    const command = addCommand(run, line, { returnCode });
    for (const [name, text] of Object.entries(files)) leave(command, `target/${name}`, text);
  }
}

async function askTheirs(bench: Bench, emulator: Emulator, questions: readonly Question[]): Promise<Told[]> {
  const session = { endpoint: emulator.url, key: CREDENTIALS.key, secret: CREDENTIALS.secret, questions };
  const { code, stdout, stderr } = await bench.run(PYTHON, [ASK, JSON.stringify(session)], {
    // Neither a look for a newer version, nor what the package tells of this machine.
    env: { PARADIME_DISABLE_VERSION_CHECK: "1", PARADIME_DISABLE_TELEMETRY: "1" },
  });
  if (code !== 0) throw new Error(`their package ended with ${code}: ${stderr}`);
  return listAt(JSON.parse(stdout), "answers").map(toldOf);
}

function toldOf(answer: Record<string, unknown>): Told {
  if ("error" in answer) return { error: String(answer.error), message: String(answer.message) };
  return { value: answer.value };
}

/** The value of an answer of theirs as a list of objects; throws where it raised. */
export function rowsOf(told: Told | undefined): Record<string, unknown>[] {
  return listAt({ rows: answerOf(told) }, "rows");
}

/** The value of an answer of theirs; throws where it raised. */
export function answerOf(told: Told | undefined): unknown {
  if (told === undefined || "error" in told) throw new Error(`no answer: ${JSON.stringify(told)}`);
  return told.value;
}

/** An answer of theirs that is one object; throws where it raised. */
export function objectOf(told: Told | undefined): Record<string, unknown> {
  return objectAt(answerOf(told));
}

/** The type of the exception that they raised; null where there was an answer. */
export function errorOf(told: Told | undefined): string | null {
  return told !== undefined && "error" in told ? told.error : null;
}
