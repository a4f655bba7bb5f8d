/**
 * The official conformance suite of MCP, for both generations of the protocol. Most of its scenarios call tools of agreed
 * names, so that it is asked twice: with such tools behind our own wiring, and the product as it is for what needs none.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type HttpServer, startHttpServer } from "../../src/frontends/http/server.ts";
import { askFake, fakes, keptLog } from "../frontends/fake.ts";
import { fixtureServer } from "./conformance/server.ts";
import { type Check, runSuite, shortcomings } from "./conformance/suite.ts";
import { CONFORMANCE, objectAt } from "./places.ts";
import { openBench } from "./processes.ts";

const LIST = parse(readFileSync(join(import.meta.dirname, "conformance/does-not-apply.yaml"), "utf8"));
const bench = openBench();
let fixtures: HttpServer;
let product: string;

beforeAll(async () => {
  fixtures = await startHttpServer({
    operations: fakes,
    resources: [],
    ask: askFake,
    askAbout: () => askFake,
    log: keptLog().log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
    serverFor: fixtureServer,
  });
  product = await bench.serve(["--demo"]);
});
afterAll(async () => {
  await fixtures?.close();
  await bench.clear();
});

/** The scenarios that have not passed, each with what did not hold. */
function failing(results: ReadonlyMap<string, readonly Check[]>): Record<string, string[]> {
  const found = [...results].map(([scenario, checks]) => [scenario, shortcomings(checks)] as const);
  return Object.fromEntries(found.filter(([, wrong]) => wrong.length > 0));
}

/** How the suite is asked; `least` is how many scenarios it then has. */
const RUNS = [
  { list: "released", suite: CONFORMANCE.released, args: ["--suite", "all"], least: 32 },
  {
    list: "next-2025-11-25",
    suite: CONFORMANCE.next,
    args: ["--suite", "all", "--spec-version", "2025-11-25"],
    least: 33,
  },
  {
    list: "next-2026-07-28",
    suite: CONFORMANCE.next,
    args: ["--suite", "all", "--spec-version", "2026-07-28"],
    least: 40,
  },
] as const;

describe.each(RUNS)("the suite $list", ({ list, suite, args, least }) => {
  test("passes with fixtures behind our wiring, but for what does not apply", async () => {
    const results = await runSuite(bench, suite, { url: `${fixtures.url}/mcp`, args });
    expect(results.size).toBeGreaterThanOrEqual(least);
    const listed = objectAt(LIST, list);
    for (const reason of Object.values(listed)) expect(String(reason).length).toBeGreaterThan(40);
    const wrong = failing(results);
    expect(Object.keys(wrong).sort(), JSON.stringify(wrong, null, 2)).toEqual(Object.keys(listed).sort());
  });
});

test("a client that the server lets go gets its answer when it comes again", async () => {
  const args = ["--scenario", "server-sse-polling", "--spec-version", "2025-11-25"];
  const results = await runSuite(bench, CONFORMANCE.next, { url: `${fixtures.url}/mcp`, args });
  const resumed = results.get("server-sse-polling")?.find(({ id }) => id === "server-sse-disconnect-resume");
  expect(resumed).toMatchObject({ status: "SUCCESS" });
});

/** What needs no fixture, with the checks that ask for something that only they have. */
const WITHOUT_FIXTURES: Record<string, Record<string, readonly string[]>> = {
  "2025-11-25": {
    "server-initialize": [],
    "server-session-lifecycle": [],
    ping: [],
    "tools-list": [],
    "server-sse-multiple-streams": [],
    "resources-list": [],
    "dns-rebinding-protection": [],
  },
  "2026-07-28": {
    "tools-list": [],
    "server-sse-multiple-streams": [],
    "resources-list": [],
    "dns-rebinding-protection": [],
    "sep-2164-resource-not-found": [],
    "http-header-validation": [],
    "input-required-result-unsupported-methods": [],
    // There are no prompts.
    caching: ["sep-2549-prompts-list-caching-hints"],
    // These call a tool of an agreed name.
    "server-stateless": [
      "sep-2575-server-rejects-undeclared-capability",
      "sep-2575-missing-capability-http-400",
      "sep-2575-http-server-no-independent-requests-on-stream",
      "sep-2575-server-no-log-without-loglevel",
    ],
  },
};

test.each(
  Object.entries(WITHOUT_FIXTURES),
)("the product passes what needs no fixture of %s", async (version, expected) => {
  const args = ["--suite", "all", "--spec-version", version];
  const results = await runSuite(bench, CONFORMANCE.next, { url: `${product}/mcp`, args });
  for (const [scenario, without] of Object.entries(expected)) {
    const checks = results.get(scenario) ?? [];
    const failed = checks.filter(({ status }) => status === "FAILURE").map(({ id }) => id);
    expect(failed.sort(), scenario).toEqual([...without].sort());
    if (without.length === 0) expect(shortcomings(checks), scenario).toEqual([]);
  }
});
