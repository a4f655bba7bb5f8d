/** The product before a real Dagster: its program on the command line and over MCP, with a store of their own. */
import { join } from "node:path";
import { expect } from "vitest";
import { connect, type McpClient } from "../mcp-client.ts";
import { PROGRAM } from "../places.ts";
import { type Bench, type Finished, openBench } from "../processes.ts";
import { type Dagster, openDagster } from "./environment.ts";
import type { Installation } from "./installation.ts";
import { type NamedRun, namedRuns } from "./named-runs.ts";
import { type RawRun, rawRuns } from "./raw.ts";
import type { Extent } from "./scenario.ts";

/** Stands in a header of every request, and must stand nowhere else. */
const SECRET = "hush-the-harbour-sleeps";

export interface Opened {
  dagster: Dagster;
  /** What the server itself says of its runs, newest first. */
  raw: readonly RawRun[];
  /** Id of the run; throws where there is none of that name. */
  id(name: NamedRun): string;
  /** The command line with these words, and a table as its answer. */
  runlens(...words: readonly string[]): Promise<Finished>;
  /** The same with --json; throws where it fails. */
  answer(...words: readonly string[]): Promise<Record<string, unknown>>;
  /** An operation over MCP; throws where it fails. */
  ask(name: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Starts everything; a minute or more. */
export async function openAll(installation: Installation, extent: Extent): Promise<Opened> {
  const dagster = await openDagster(installation, { extent });
  const bench = openBench();
  try {
    return await opened(dagster, bench);
  } catch (error) {
    await Promise.all([bench.clear(), dagster.close()]);
    throw error;
  }
}

async function opened(dagster: Dagster, bench: Bench): Promise<Opened> {
  const env = {
    DAGSTER_GRAPHQL_URL: dagster.url,
    DAGSTER_EXTRA_HEADERS: JSON.stringify({ "X-Harbour-Pass": SECRET }),
    RUNLENS_STORE: join(bench.folder, "store"),
  };
  const [raw, runs] = await Promise.all([rawRuns(dagster.url), namedRuns(dagster.url)]);
  const command = { command: process.execPath, args: [PROGRAM, "mcp"], cwd: bench.folder };
  const client: McpClient = await connect({ ...command, env: { ...bench.env, ...env } });
  const runlens = async (...words: readonly string[]): Promise<Finished> => {
    const finished = await bench.runlens(words, { env });
    telling(
      dagster,
      finished.stdout + finished.stderr,
      words.some((word) => word.includes("run-events")),
    );
    return finished;
  };
  return {
    dagster,
    raw,
    id(name) {
      const found = runs.get(name);
      if (found === undefined) throw new Error(`there is no run ${name}`);
      return found;
    },
    runlens,
    async answer(...words) {
      const { code, stdout, stderr } = await runlens(...words, "--json");
      if (code !== 0) throw new Error(`runlens ${words.join(" ")} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    async ask(name, input = {}) {
      const answer = await client.ask(name, input);
      telling(dagster, JSON.stringify(answer), name === "get_run_events");
      return answer;
    },
    async close() {
      await client.close();
      await Promise.all([bench.clear(), dagster.close()]);
    },
  };
}

/** No answer may tell a secret, nor a folder of the server but where its own log names one. */
function telling({ home, installation }: Dagster, text: string, isLog: boolean): void {
  expect(text).not.toContain(SECRET);
  if (isLog) return;
  for (const place of [home, installation.folder, "/tmp/"]) expect(text).not.toContain(place);
}
