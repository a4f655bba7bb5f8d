/** `npm run emulator:dbt-cloud`: serves the emulator until it is told to stop. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse as parseYaml } from "yaml";
import { artifactsWorld } from "./artifacts.ts";
import { FAULT_KINDS, parseFault } from "./faults.ts";
import { startEmulator } from "./server.ts";
import { syntheticWorld } from "./synthetic.ts";
import type { World } from "./world.ts";

const USAGE = `Usage: npm run emulator:dbt-cloud -- [options]

  --port <port>          default 8580
  --artifacts <folder>   a tree of dbt artifacts, default demo/artifacts
  --extras               adds a project of rare cases to it
  --synthetic            a large made-up account instead; its size:
                         --projects 12 --jobs 40 --models 3000 --days 60
  --schema <vintage>     2025-03 or 2026-06 (default)
  --now <time>           the emulator's clock starts there; by default at the \`now\` of the runlens.yml beside the
                         artifacts, if it has one
  --latency <ms>         what every answer waits
  --fault <fault>        <kind>[:admin|:discovery][:<times>][,match=<text>][,after=<requests>][,delay=<ms>],
                         repeatable; kinds: ${FAULT_KINDS.join(", ")}
`;

const OPTIONS = {
  port: { type: "string", default: "8580" },
  artifacts: { type: "string", default: "demo/artifacts" },
  extras: { type: "boolean", default: false },
  synthetic: { type: "boolean", default: false },
  projects: { type: "string", default: "12" },
  jobs: { type: "string", default: "40" },
  models: { type: "string", default: "3000" },
  days: { type: "string", default: "60" },
  schema: { type: "string", default: "2026-06" },
  now: { type: "string" },
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

function startTime({ now, synthetic, artifacts }: Values): number {
  const written = now ?? (synthetic ? null : configuredNow(artifacts));
  if (written === null) return Date.now();
  const time = Date.parse(written);
  if (Number.isNaN(time)) throw new Error(`no time: ${written}`);
  return time;
}

/** The `now` of the configuration beside the artifacts: the demo has a date of its own. */
function configuredNow(artifacts: string): string | null {
  const file = join(artifacts, "..", "runlens.yml");
  if (!existsSync(file)) return null;
  const config: unknown = parseYaml(readFileSync(file, "utf8"));
  const hasNow = typeof config === "object" && config !== null && "now" in config;
  return hasNow && typeof config.now === "string" ? config.now : null;
}

function worldOf(values: Values, now: number): World {
  if (!values.synthetic) return artifactsWorld(values.artifacts, { extras: values.extras, now });
  return syntheticWorld({
    projects: wholeNumber("projects", values.projects),
    jobs: wholeNumber("jobs", values.jobs),
    models: wholeNumber("models", values.models),
    days: wholeNumber("days", values.days),
    now,
  });
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} takes a whole number: ${text}`);
  return Number(text);
}

function vintage(word: string): "2025-03" | "2026-06" {
  if (word === "2025-03" || word === "2026-06") return word;
  throw new Error(`--schema takes 2025-03 or 2026-06: ${word}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return void process.stderr.write(USAGE);
  const faults = (values.fault ?? []).map(parseFault);
  const start = startTime(values);
  const world = worldOf(values, start);
  const emulator = await startEmulator({
    world,
    schema: vintage(values.schema),
    port: wholeNumber("port", values.port),
    latencyMs: wholeNumber("latency", values.latency),
    now: clockFrom(start),
  });
  emulator.setFaults(faults);
  process.stderr.write(greeting(world, emulator.adminUrl, emulator.discoveryUrl, start));
  const stop = () => void emulator.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function greeting(world: World, adminUrl: string, discoveryUrl: string, start: number): string {
  const { account, projects, jobs, runs, tokens } = world;
  return `dbt Cloud emulator: account ${account.id} with ${projects.length} projects, ${jobs.length} jobs and ${runs.length} runs.
It is ${new Date(start).toISOString()} there.

  Admin API      ${adminUrl}/api/v2/accounts/${account.id}/
  Discovery API  ${discoveryUrl}

  DBT_SERVICE_TOKEN=${tokens[0]?.value ?? ""}
  DBT_ACCOUNT_ID=${account.id}
  DBT_ADMIN_URL=${adminUrl}
  DBT_DISCOVERY_URL=${discoveryUrl}
`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
