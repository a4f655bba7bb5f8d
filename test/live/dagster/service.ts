/** Processes that go on running, and end with all that they started. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Service {
  /** What it has said so far, on both outputs. */
  said(): string;
  hasEnded(): boolean;
  /** Null while it runs, and where a signal ended it. */
  exitCode(): number | null;
  /** Asks it to end, and waits until all that it started has ended too. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  cwd: string;
  env: Record<string, string>;
}

/** Characters of output that are kept: enough for what went wrong last. */
const KEPT = 20_000;
/** Milliseconds until a process that was asked to end is made to. */
const PATIENCE = 8_000;

/** Starts a program as the first of a process group of its own, so that what it starts can be ended with it. */
export function startService(command: string, args: readonly string[], options: ServiceOptions): Service {
  const child = spawn(command, args, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const hear = (part: Buffer): void => {
    said = (said + part.toString()).slice(-KEPT);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  child.once("error", (error) => hear(Buffer.from(String(error))));
  const killAll = (): void => {
    signal(child, "SIGKILL");
  };
  process.once("exit", killAll);
  return {
    said: () => said,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    exitCode: () => child.exitCode,
    async stop() {
      signal(child, "SIGTERM");
      const until = Date.now() + PATIENCE;
      while (signal(child, 0) && Date.now() < until) await pause(100);
      killAll();
      process.off("exit", killAll);
    },
  };
}

/** Sends a signal to the whole group; false where nothing is left of it. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}

/** A port on which nobody listens now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") return reject(new Error("there is no port"));
      server.close(() => resolve(address.port));
    });
  });
}

/** Waits until `attempt` gives something, and gives it; throws with what `failure` says after `seconds`. */
export async function until<T>(
  attempt: () => Promise<T | null>,
  seconds: number,
  failure: () => string,
): Promise<T> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const found = await attempt();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(failure());
    await pause(250);
  }
}
