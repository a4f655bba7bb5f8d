/** The promises of the README: nothing is sent anywhere, and the store is its owner's alone. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type McpClient, type ServerCommand } from "./mcp-client.ts";
import { filesBelow, foldersBelow, PROGRAM } from "./places.ts";
import { openBench } from "./processes.ts";
import { QUESTIONS } from "./questions.ts";

const bench = openBench();
const attempts = join(bench.folder, "attempts.txt");
const store = join(bench.folder, "store");
const watch = ["--import", pathToFileURL(join(import.meta.dirname, "watch-network.mjs")).href];
/** A namespace without any network, where this system lets us make one. */
const cut = ["unshare", "--map-root-user", "--net"];
const canCut = spawnSync("unshare", [...cut.slice(1), "true"]).status === 0;
const isolated = canCut ? cut : [];
let client: McpClient;

/** A command of Node that is watched, under an umask that would let everybody read. */
function watched(
  args: readonly string[],
): Pick<ServerCommand, "command" | "args"> & { env: Record<string, string> } {
  const words = [...isolated, process.execPath, ...watch, ...args];
  return {
    command: "sh",
    args: ["-c", 'umask 000; exec "$@"', "sh", ...words],
    env: { ...bench.env, WATCHED_CONNECTIONS: attempts },
  };
}

function attempted(): string {
  return existsSync(attempts) ? readFileSync(attempts, "utf8") : "";
}

beforeAll(async () => {
  client = await connect({ ...watched([PROGRAM, "mcp", "--demo", "--store", store]), cwd: bench.folder });
});
afterAll(async () => {
  await client?.close();
  await bench.clear();
});

describe("without a network", () => {
  test.each(QUESTIONS)("$name answers as it does with one", async ({ name, input, args }) => {
    const answer = await client.ask(name, input);
    expect(answer).toEqual(await bench.ask([...args, "--demo", "--store", store]));
  });

  test("ingest works as well", async () => {
    const { command, args, env } = watched([
      PROGRAM,
      "ingest",
      join(PROGRAM, "../../demo/artifacts"),
      "--store",
      join(bench.folder, "second"),
    ]);
    const { code, stderr } = await bench.run(command, args, { env });
    expect(code, stderr).toBe(0);
  });

  test("no attempt was made to reach one", () => {
    expect(attempted()).toBe("");
  });

  test("an attempt would have been seen, in the program and in its threads", async () => {
    const script = join(bench.folder, "caller.mjs");
    writeFileSync(
      script,
      `import net from "node:net";
       import { Worker, isMainThread } from "node:worker_threads";
       try { net.connect(9, "127.0.0.1"); } catch {}
       try { await fetch("http://127.0.0.1:9"); } catch {}
       if (isMainThread) new Worker(new URL(import.meta.url));`,
    );
    const seen = join(bench.folder, "seen.txt");
    const { command, args, env } = watched([script]);
    await bench.run(command, args, { env: { ...env, WATCHED_CONNECTIONS: seen } });
    const lines = readFileSync(seen, "utf8").trim().split("\n");
    expect(lines.filter((line) => line.startsWith("net.connect"))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith("fetch"))).toHaveLength(2);
  });
});

describe("the store", () => {
  test("is open to its owner alone, whatever the umask", () => {
    for (const folder of [store, join(bench.folder, "second")]) {
      const files = filesBelow(folder);
      expect(files.length).toBeGreaterThan(0);
      const tooOpen = [folder, ...foldersBelow(folder)].filter((path) => mode(path) !== 0o700);
      expect([...tooOpen, ...files.filter((path) => mode(path) !== 0o600)]).toEqual([]);
    }
  });
});

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}
