/** A server in a process of its own, and clients that keep a connection each. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";

/** A request that takes longer than this is a defect, not a measurement. */
const PATIENCE_MS = 60_000;

export class Served {
  #process;
  /** @type {string} */
  url;

  /** @param {import("node:child_process").ChildProcess} child @param {string} url */
  constructor(child, url) {
    this.#process = child;
    this.url = url;
  }

  /**
   * Starts it, and waits until it says where it listens.
   * @param {readonly string[]} command arguments of node
   * @param {Readonly<Record<string, string | undefined>>} [env]
   */
  static async start(command, env = {}) {
    const child = spawn(process.execPath, [...command], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const url = await new Promise((resolve, reject) => {
      const hear = (/** @type {Buffer} */ bytes) => {
        if (said.length > 20_000) return;
        said += bytes;
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
        if (address !== undefined) resolve(address);
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    });
    return new Served(child, url);
  }

  /** True while the process lives. */
  get lives() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Bytes that it holds resident; Linux alone tells. */
  get resident() {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
  }

  async close() {
    if (!this.lives) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(timer);
  }
}

/** @typedef {{ status: number, ms: number, isError: boolean }} Answered `isError`: of a tool */

/** A client with one connection; what it asks meanwhile waits for it. */
export class HttpClient {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #url;
  #id = 0;

  /** @param {string} url */
  constructor(url) {
    this.#url = new URL(url);
  }

  /** A tool over MCP, as a client of the 2025 protocol sends it. @param {string} name @param {object} input @returns {Promise<Answered>} */
  call(name, input) {
    const message = {
      jsonrpc: "2.0",
      id: ++this.#id,
      method: "tools/call",
      params: { name, arguments: input },
    };
    return this.send("POST", "/mcp", JSON.stringify(message));
  }

  /** @param {string} path @returns {Promise<Answered>} */
  get(path) {
    return this.send("GET", path);
  }

  /** @param {string} method @param {string} path @param {string} [body] @returns {Promise<Answered>} */
  send(method, path, body) {
    const from = performance.now();
    const { hostname, port } = this.#url;
    const headers =
      body === undefined
        ? { accept: "application/json" }
        : { "content-type": "application/json", accept: "application/json, text/event-stream" };
    return new Promise((resolve, reject) => {
      const sent = request(
        { agent: this.#agent, hostname, port, method, path, headers, timeout: PATIENCE_MS },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (part) => {
            text += part;
          });
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              ms: performance.now() - from,
              isError: text.includes('"isError":true'),
            }),
          );
          response.on("error", reject);
        },
      );
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error("no answer")));
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
