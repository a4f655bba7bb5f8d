/** `npm run emulator:paradime`: serves the emulator until it is told to stop. */
import { parseArgs } from "node:util";
import { artifactsWorld } from "./artifacts.ts";
import { FAULT_KINDS, parseFault } from "./faults.ts";
import { madeUpWorld } from "./made-up.ts";
import { startEmulator } from "./server.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: npm run emulator:paradime -- [options]

  --port <port>          default 8600
  --artifacts <folder>   a tree of dbt artifacts, default demo/artifacts
  --synthetic            a made-up workspace instead; its size: --schedules 40 --runs 50
  --strict               no field of Query may be null: one that fails takes the answer with it
  --now <time>           the emulator's clock starts there; 2026-11-18T07:30:00Z by default, the demo's own
  --latency <ms>         what every answer waits
  --fault <fault>        <kind>[:api|:storage][:<times>][,match=<text>][,after=<requests>][,delay=<ms>],
                         repeatable; kinds: ${FAULT_KINDS.join(", ")}
`;

const OPTIONS = {
  port: { type: "string", default: "8600" },
  artifacts: { type: "string", default: "demo/artifacts" },
  synthetic: { type: "boolean", default: false },
  schedules: { type: "string", default: "40" },
  runs: { type: "string", default: "50" },
  strict: { type: "boolean", default: false },
  now: { type: "string", default: "2026-11-18T07:30:00Z" },
  latency: { type: "string", default: "0" },
  fault: { type: "string", multiple: true },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** A clock that starts at `start` (epoch milliseconds) and then goes as fast as any other. */
function clockFrom(start: number): () => number {
  const begun = Date.now();
  return () => start + Date.now() - begun;
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number: ${text}`);
  return Number(text);
}

function worldOf(values: Values, now: number): World {
  if (!values.synthetic) return artifactsWorld(values.artifacts);
  const schedules = wholeNumber("schedules", values.schedules);
  return madeUpWorld({
    now,
    schedules,
    runs: wholeNumber("runs", values.runs),
    projects: ["harbour", "ferries"],
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stderr.write(USAGE);
  const faults = (values.fault ?? []).map(parseFault);
  const start = Date.parse(values.now);
  if (Number.isNaN(start)) throw new Error(`no time: ${values.now}`);
  const world = worldOf(values, start);
  const emulator = await startEmulator({
    world,
    strict: values.strict,
    port: wholeNumber("port", values.port),
    latencyMs: wholeNumber("latency", values.latency),
    now: clockFrom(start),
  });
  emulator.setFaults(faults);
  process.stderr.write(greeting(world, emulator.url, start));
  const stop = () => void emulator.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function greeting({ schedules, runs, credentials }: World, url: string, start: number): string {
  return `Paradime emulator: a workspace with ${schedules.length} Bolt schedules and ${runs.length} runs.
It is ${new Date(start).toISOString()} there.

  PARADIME_API_ENDPOINT=${url}
  PARADIME_API_KEY=${credentials.key}
  PARADIME_API_SECRET='${credentials.secret}'
`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
