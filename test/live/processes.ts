/** Starts programs as a user would: in a home of their own, without this process's settings. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROGRAM, parseObject } from "./places.ts";

/** A folder for one test file, and what runs in it. */
export interface Bench {
  folder: string;
  /** The environment of what is started: PATH and an empty home, nothing else. */
  env: Record<string, string>;
  /** Runs to the end. Never rejects because of an exit code. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs runlens by the Node of this process. */
  runlens(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs runlens with --json and gives its answer; throws with stderr where it failed. */
  ask(args: readonly string[], options?: RunOptions): Promise<Record<string, unknown>>;
  /** Starts `runlens serve`, and gives its address once it listens. */
  serve(args: readonly string[]): Promise<string>;
  /** Stops what still runs and removes the folder. */
  clear(): Promise<void>;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** Milliseconds; 100,000 by default. */
  timeout?: number;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Makes a folder to work in. */
export function openBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), "runlens-live-"));
  const servers: ChildProcess[] = [];
  const env = { PATH: process.env.PATH ?? "", HOME: folder, DO_NOT_TRACK: "1", NO_COLOR: "1" };
  const run: Bench["run"] = (command, args, options = {}) =>
    finish(
      spawn(command, args, {
        cwd: options.cwd ?? folder,
        env: { ...env, ...options.env },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: options.timeout ?? 100_000,
        killSignal: "SIGKILL",
      }),
    );
  const runlens: Bench["runlens"] = (args, options) => run(process.execPath, [PROGRAM, ...args], options);
  return {
    folder,
    env,
    run,
    runlens,
    async ask(args, options) {
      const { code, stdout, stderr } = await runlens([...args, "--json"], options);
      if (code !== 0) throw new Error(`runlens ${args.join(" ")} ended with ${code}: ${stderr}`);
      return parseObject(stdout);
    },
    async serve(args) {
      const server = spawn(process.execPath, [PROGRAM, "serve", "--port", "0", ...args], {
        cwd: folder,
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
      servers.push(server);
      return address(server);
    },
    async clear() {
      await Promise.all(servers.map(stop));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function finish(child: ChildProcess): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on("data", (part: Buffer) => stdout.push(part));
    child.stderr?.on("data", (part: Buffer) => stderr.push(part));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** The address that a server tells on stderr, without a path. */
function address(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = "";
    server.stderr?.on("data", (part: Buffer) => {
      told += part.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(told);
      if (found !== null) resolve(found[0]);
    });
    server.once("error", reject);
    server.once("close", (code) => reject(new Error(`the server ended with ${code}: ${told}`)));
  });
}

function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  server.kill("SIGTERM");
  return ended;
}
