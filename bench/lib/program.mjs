/** A program in a process of its own that does what it is told, and the side of it that tells. */
import { fork } from "node:child_process";
import { once } from "node:events";

/** A command that takes longer than this is a defect, not a measurement. */
const PATIENCE_MS = 600_000;

export class Program {
  #process;
  #stderr = "";
  #next = 1;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /**
   * @param {string} file
   * @param {{ arguments?: readonly string[], env?: Readonly<Record<string, string | undefined>>, execArgv?: readonly string[] }} [options]
   */
  constructor(file, options = {}) {
    this.#process = fork(file, [...(options.arguments ?? [])], {
      env: { ...process.env, ...options.env },
      execArgv: [...(options.execArgv ?? [])],
      serialization: "advanced",
      silent: true,
    });
    this.#process.stderr?.on("data", (bytes) => {
      this.#stderr = (this.#stderr + bytes).slice(-4000);
    });
    this.#process.on("message", (message) => {
      const { id, result, error } = /** @type {{ id: number, result?: any, error?: string }} */ (message);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    this.#process.on("exit", (code) =>
      this.#fail(new Error(`the program ended with ${code}: ${this.#stderr}`)),
    );
  }

  /** What it has written to stderr, the end of it. */
  get stderr() {
    return this.#stderr;
  }

  /** @param {string} command @param {...unknown} given @returns {Promise<any>} */
  async tell(command, ...given) {
    const id = this.#next++;
    const timer = setTimeout(
      () => this.#fail(new Error(`${command} took too long: ${this.#stderr}`)),
      PATIENCE_MS,
    );
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#process.send({ id, command, given });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, and waits until it is gone. */
  async close() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.disconnect();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 20_000);
    await gone;
    clearTimeout(timer);
  }

  /** @param {Error} error */
  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/**
 * Does what it is told, one command after the other, until it is left alone; then `end`.
 * @param {Readonly<Record<string, (...given: any[]) => unknown>>} commands
 * @param {() => Promise<void>} end
 */
export function obey(commands, end) {
  /** @type {Promise<void>} */
  let line = Promise.resolve();
  process.on("message", (message) => {
    const { id, command, given } = /** @type {{ id: number, command: string, given: unknown[] }} */ (message);
    line = line.then(async () => {
      try {
        process.send?.({ id, result: await commands[command]?.(...given) });
      } catch (error) {
        process.send?.({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
    });
  });
  process.on("disconnect", () => line.then(end).finally(() => process.exit()));
}
