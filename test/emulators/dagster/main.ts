/** `npm run emulator:dagster`: serves the emulator until it is told to stop. */
import { parseArgs } from "node:util";
import { artifactsWorld } from "./artifacts.ts";
import { addExtras } from "./extras.ts";
import { FAULT_KINDS, parseFault } from "./faults.ts";
import type { DagsterVersion } from "./schema.ts";
import { startEmulator } from "./server.ts";
import { syntheticWorld } from "./synthetic.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: npm run emulator:dagster -- [options]

  --port <port>          default 8590
  --artifacts <folder>   a tree of dbt artifacts, default demo/artifacts
  --one-step             all models in one step, as dagster-dbt runs them; else each has a step of its own
  --extras               adds a code location of rare cases
  --synthetic            a made-up deployment instead; its size:
                         --runs 20 --jobs 3 --assets 12, and --events for one run of so many events,
                         the last but one of which is a failure
  --version <version>    1.13.27 (default) or 1.6.14
  --plus <deployment>    as Dagster+, with the token \`plus-token\`
  --now <time>           the emulator's clock starts there; 2026-11-18T07:30:00Z by default, the demo's own
  --latency <ms>         what every answer waits
  --fault <fault>        <kind>[:<times>][,match=<text>][,after=<requests>][,delay=<ms>][,retry=<seconds>]
                         [,field=<name>][,word=<word>], repeatable; kinds: ${FAULT_KINDS.join(", ")}
`;

const OPTIONS = {
  port: { type: "string", default: "8590" },
  artifacts: { type: "string", default: "demo/artifacts" },
  "one-step": { type: "boolean", default: false },
  extras: { type: "boolean", default: false },
  synthetic: { type: "boolean", default: false },
  runs: { type: "string", default: "20" },
  jobs: { type: "string", default: "3" },
  assets: { type: "string", default: "12" },
  events: { type: "string" },
  version: { type: "string", default: "1.13.27" },
  plus: { type: "string" },
  now: { type: "string", default: "2026-11-18T07:30:00Z" },
  latency: { type: "string", default: "0" },
  fault: { type: "string", multiple: true },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

const TOKEN = "plus-token";

function worldOf(values: Values, now: number): World {
  const world = values.synthetic ? syntheticOf(values, now) : demoOf(values);
  if (values.extras) addExtras(world, now);
  return world;
}

function demoOf(values: Values): World {
  return artifactsWorld(values.artifacts, { form: values["one-step"] ? "one step" : "step per model" });
}

function syntheticOf(values: Values, now: number): World {
  const events = values.events === undefined ? null : wholeNumber("events", values.events);
  return syntheticWorld({
    now,
    runs: wholeNumber("runs", values.runs),
    jobs: wholeNumber("jobs", values.jobs),
    assets: wholeNumber("assets", values.assets),
    ...(events !== null && { events, failuresAt: [events - 2] }),
  });
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number: ${text}`);
  return Number(text);
}

function version(word: string): DagsterVersion {
  if (word === "1.13.27" || word === "1.6.14") return word;
  throw new Error(`--version takes 1.13.27 or 1.6.14: ${word}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stderr.write(USAGE);
  const faults = (values.fault ?? []).map(parseFault);
  const start = Date.parse(values.now);
  if (Number.isNaN(start)) throw new Error(`no time: ${values.now}`);
  const begun = Date.now();
  const world = worldOf(values, start);
  const emulator = await startEmulator({
    world,
    version: version(values.version),
    port: wholeNumber("port", values.port),
    latencyMs: wholeNumber("latency", values.latency),
    now: () => start + Date.now() - begun,
    ...(values.plus !== undefined && { plus: { deployment: values.plus, token: TOKEN } }),
  });
  emulator.setFaults(faults);
  process.stderr.write(greeting(world, emulator.url, start, values.plus !== undefined));
  const stop = () => void emulator.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function greeting({ locations, runs }: World, url: string, start: number, plus: boolean): string {
  return `Dagster emulator: ${locations.length} code locations and ${runs.length} runs.
It is ${new Date(start).toISOString()} there.

  DAGSTER_GRAPHQL_URL=${url}
${plus ? `  DAGSTER_CLOUD_API_TOKEN=${TOKEN}\n` : ""}`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
