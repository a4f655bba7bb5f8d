/** What the built server has loaded when it lists its tools: nothing that only a question needs. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PROGRAM } from "./live/places.ts";
import { openBench } from "./live/processes.ts";

const bench = openBench();
const LOADED = join(bench.folder, "loaded.txt");
/** Notes each module that is loaded, in a file, because stdout is the protocol's. */
const WATCH = join(bench.folder, "watch.mjs");
const HOOKS = join(bench.folder, "hooks.mjs");

beforeAll(() => {
  writeFileSync(
    WATCH,
    `import { register } from "node:module"; register(${JSON.stringify(pathToFileURL(HOOKS))});`,
  );
  writeFileSync(
    HOOKS,
    `import { appendFileSync } from "node:fs";
     export async function load(url, context, next) {
       if (url.startsWith("file:")) appendFileSync(${JSON.stringify(LOADED)}, url + "\\n");
       return next(url, context);
     }`,
  );
});
afterAll(() => bench.clear());

/** Which of the words are in a file that was loaded. */
function loaded(...words: string[]): string[] {
  const urls = existsSync(LOADED) ? readFileSync(LOADED, "utf8").trim().split("\n") : [];
  const texts = urls.map((url) => readFileSync(fileURLToPath(url), "utf8"));
  return words.filter((word) => texts.some((text) => text.includes(word)));
}

/** Each is in the code of one part alone: the server, GraphQL, DuckDB. */
const WORDS = ["tools/list", "GraphQLError", "@duckdb/node-bindings"];

it("loads GraphQL and DuckDB with the first question, and not before", async () => {
  const child = spawn(process.execPath, ["--import", pathToFileURL(WATCH).href, PROGRAM, "mcp"], {
    cwd: bench.folder,
    env: {
      ...bench.env,
      RUNLENS_STORE: ":memory:",
      DBT_SERVICE_TOKEN: "made-up",
      DBT_ACCOUNT_ID: "1",
      // Nobody listens there.
      DBT_HOST: "127.0.0.1:1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  const answers: (() => void)[] = [];
  child.stdout.on("data", (part: Buffer) => {
    output += part.toString();
    while (answers.length > 0 && output.includes("\n")) {
      output = output.slice(output.indexOf("\n") + 1);
      answers.shift()?.();
    }
  });
  const ask = (id: number, method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return new Promise<void>((resolve) => answers.push(resolve));
  };
  const clientInfo = { name: "test", version: "1" };
  await ask(1, "initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
  await ask(2, "tools/list", {});
  expect(loaded(...WORDS)).toEqual(["tools/list"]);
  await ask(3, "tools/call", { name: "list_jobs", arguments: {} });
  expect(loaded(...WORDS)).toEqual(WORDS);
  child.stdin.end();
  await ended;
});
