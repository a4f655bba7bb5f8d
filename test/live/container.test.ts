/**
 * The Dockerfile, without a container runtime: its syntax by a linter, and its steps in folders of this machine. What it
 * copies is copied, what it starts is started, by a user who may not write where the program lies.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { validate } from "dockerfile-utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDockerfile } from "./dockerfile.ts";
import { objectAt, ROOT, readJson } from "./places.ts";
import { openBench } from "./processes.ts";

const bench = openBench();
const file = readDockerfile();
const shown = readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n");
const app = join(bench.folder, "app");
const data = join(bench.folder, "data");
const started: ChildProcess[] = [];
/** Root may write anywhere: so what is tested runs as the user that the image names. */
const user = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

/** Does what a COPY does, from another stage or from the checkout as far as .dockerignore shows it. */
function copy(step: string, workdir: string): void {
  const [from, ...rest] = step.split(" ").slice(1);
  const stage = /^--from=(\w+)$/.exec(from ?? "")?.[1];
  const paths = stage === undefined ? [from ?? "", ...rest] : rest;
  const to = join(workdir, paths.at(-1) ?? "", "/");
  for (const path of paths.slice(0, -1)) {
    if (stage === undefined) expect(shown).toContain(`!${path}`);
    const source = stage === undefined ? join(ROOT, path) : path.replace(/^\/src/, join(bench.folder, stage));
    cpSync(source, paths.at(-1)?.endsWith("/") ? join(to, basename(path)) : to, { recursive: true });
  }
}

beforeAll(async () => {
  for (const stage of ["build", "modules"]) {
    const folder = join(bench.folder, stage);
    mkdirSync(folder);
    for (const step of file.steps(stage)) {
      if (step.startsWith("COPY ")) copy(step, folder);
      // All that is installed for the build is in the checkout.
      else if (step === "RUN npm ci") symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
      else if (step.startsWith("RUN ")) {
        const done = await bench.run("sh", ["-c", step.slice("RUN ".length)], { cwd: folder });
        expect(done.code, done.stdout + done.stderr).toBe(0);
      }
    }
  }
  for (const step of file.steps(null)) if (step.startsWith("COPY ")) copy(step, app);
  mkdirSync(data);
  const rights = 'chmod -R a-w "$0" && chmod 755 "$1" && chmod 777 "$2"';
  expect((await bench.run("sh", ["-c", rights, app, bench.folder, data])).code).toBe(0);
});
afterAll(async () => {
  await Promise.all(started.map(stop));
  await bench.run("chmod", ["-R", "u+w", app]);
  await bench.clear();
});

/** Starts what the image starts, with these words behind it; `/app` and `/data` lie elsewhere here. */
function start(words: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const [command = "", ...args] = file.words(/^ENTRYPOINT /).map((word) => word.replace(/^\/app/, app));
  const child = spawn(command, [...args, ...words], {
    cwd: app,
    env: { PATH: bench.env.PATH, ...file.variables, RUNLENS_STORE: data, ...env },
    stdio: ["ignore", "ignore", "pipe"],
    ...user,
  });
  started.push(child);
  return child;
}

/** What it wrote to stderr until it ended, or until `words` were in it. */
function told(child: ChildProcess, words?: RegExp): Promise<{ code: number | null; text: string }> {
  let text = "";
  return new Promise((resolve) => {
    child.stderr?.on("data", (part: Buffer) => {
      text += part.toString();
      if (words?.test(text)) resolve({ code: null, text });
    });
    child.once("close", (code) => resolve({ code, text }));
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  child.kill("SIGTERM");
  return ended;
}

describe("the Dockerfile", () => {
  test("has no fault that its linter knows", () => {
    expect(validate(file.text)).toEqual([]);
    expect(validate(file.text.replace("EXPOSE 3333", "EXPOSE many"))).not.toEqual([]);
  });

  test("runs as a user without rights, on a Node that the package allows", () => {
    expect(file.steps(null).filter((step) => step.startsWith("USER "))).toEqual(["USER 1000:1000"]);
    const least = Number(/\d+/.exec(String(objectAt(readJson(join(ROOT, "package.json")), "engines").node)));
    const bases = [...file.text.matchAll(/^FROM node:(\d+)-slim/gm)].map((match) => Number(match[1]));
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toBeGreaterThanOrEqual(least);
  });

  test("has in the image what runs, and nothing that builds it", () => {
    const here = (paths: string[]) => paths.filter((path) => existsSync(join(app, path)));
    const wanted = ["dist/runlens.js", "package.json", "LICENSE", "demo/runlens.yml"];
    expect(here(wanted)).toEqual(wanted);
    expect(here(["dist/scripts", "src", "node_modules/esbuild", "node_modules/vitest"])).toEqual([]);
  });
});

describe("what the image starts", () => {
  test("does not serve beyond this machine before keys are set", async () => {
    const { code, text } = await told(start(file.words(/^CMD /)), /listens at/);
    expect(text).toContain("0.0.0.0");
    expect(code, text).toBeGreaterThan(0);
  });

  test("serves beyond this machine with a file of keys, to those who have one", async () => {
    const made = await bench.run(process.execPath, [
      join(app, "dist/runlens.js"),
      ...["key", "new", "--name", "team", "--role", "viewer"],
    ]);
    expect(made.code, made.stderr).toBe(0);
    const keys = join(bench.folder, "keys.yml");
    writeFileSync(keys, `keys:\n${made.stderr.slice(made.stderr.indexOf("- name:"))}`);
    const settings = { DBT_ARTIFACTS_PATH: join(app, "demo/artifacts"), RUNLENS_KEYS: keys };
    const words = file.words(/^CMD /).map((word) => (word === "3333" ? "0" : word));
    const { text } = await told(start(words, settings), /listens at .*\n/);
    const port = /0\.0\.0\.0:(\d+)/.exec(text)?.[1];
    const models = `http://127.0.0.1:${port}/api/v1/models`;
    expect((await fetch(models)).status, text).toBe(401);
    const answer = await fetch(models, { headers: { "x-api-key": made.stdout.trim() } });
    expect(await answer.json()).toMatchObject({ total: 25 });
  });

  test("serves where nothing but its store can be written, and passes its health check", async () => {
    expect(file.words(/^CMD /)).toEqual(["serve", "--host", "0.0.0.0", "--port", "3333"]);
    const settings = { DBT_ARTIFACTS_PATH: join(app, "demo/artifacts") };
    const server = start(["serve", "--host", "127.0.0.1", "--port", "0"], settings);
    const { text } = await told(server, /listens at .*\n/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? text;

    const client = new Client({ name: "live-test", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    const answer = await client.callTool({ name: "health_dashboard", arguments: {} });
    expect(answer.structuredContent).toMatchObject({ models: { total: 25 } });
    await client.close();
    const { stdout: written } = await bench.run("find", [data, "-name", "*.duckdb"]);
    expect(written).not.toBe("");

    const [command = "", ...args] = file.words(/^HEALTHCHECK /);
    const check = (address: string) =>
      bench.run(
        command,
        args.map((word) => word.replace("http://127.0.0.1:3333", address)),
      );
    expect((await check(url)).code).toBe(0);
    expect((await check("http://127.0.0.1:9")).code).toBe(1);
  });
});
