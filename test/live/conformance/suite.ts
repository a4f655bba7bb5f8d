/** Runs the official conformance suite of MCP against a server, and reads what it found. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { NODE_24, readJsonList } from "../places.ts";
import type { Bench } from "../processes.ts";

export interface Check {
  id: string;
  /** SUCCESS, FAILURE, WARNING, INFO or SKIPPED. */
  status: string;
  message: string;
}

/** Each scenario that was run, with its checks. Throws where the suite ran none. */
export async function runSuite(
  bench: Bench,
  suite: string,
  { url, args }: { url: string; args: readonly string[] },
): Promise<Map<string, Check[]>> {
  const folder = join(bench.folder, `results-${url.replaceAll(/\W+/g, "-")}-${args.join("-")}`);
  const command = [suite, "server", "--url", url, ...args, "-o", folder];
  const { code, stdout, stderr } = await bench.run(NODE_24, command, { timeout: 60_000 });
  // Exit code 1 says that something failed, which is for the test to judge.
  if (!existsSync(folder)) throw new Error(`the suite ended with ${code}: ${stderr}${stdout}`);
  return new Map(readdirSync(folder).map((name) => [scenarioOf(name), checksIn(join(folder, name))]));
}

/** The folders are named after the scenario and the moment at which it began. */
function scenarioOf(folder: string): string {
  const [, scenario] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder) ?? [];
  if (scenario === undefined) throw new Error(`no results of a scenario: ${folder}`);
  return scenario;
}

function checksIn(folder: string): Check[] {
  return readJsonList(join(folder, "checks.json")).map(({ id, status, errorMessage }) => ({
    id: String(id),
    status: String(status),
    message: String(errorMessage ?? ""),
  }));
}

/** What did not hold of the scenario; empty where it has passed. */
export function shortcomings(checks: readonly Check[]): string[] {
  const wrong = checks.filter(({ status }) => status === "FAILURE" || status === "WARNING");
  if (wrong.length === 0 && !checks.some(({ status }) => status === "SUCCESS"))
    return ["nothing was checked"];
  return wrong.map(({ id, status, message }) => `${status} ${id}: ${message}`);
}
