/** An MCP client on stdio that costs next to nothing: JSON-RPC by hand. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { StringDecoder } from "node:string_decoder";

/** A call that takes longer than this is a defect, not a measurement. */
const PATIENCE_MS = 120_000;

/** @typedef {{ content?: { text: string }[], structuredContent?: Record<string, unknown>, isError?: boolean }} ToolResult */

/** One server process and the connection to it. */
export class Client {
  /** When the process was started, as `performance.now()`. */
  startedAt = performance.now();
  #process;
  #stderr = "";
  #next = 1;
  #partial = "";
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /**
   * @param {readonly string[]} command arguments of node
   * @param {Readonly<Record<string, string | undefined>>} [env] beside the environment of this process
   */
  constructor(command, env = {}) {
    this.#process = spawn(process.execPath, [...command], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const decoder = new StringDecoder("utf8");
    this.#process.stdout.on("data", (bytes) => this.#receive(decoder.write(bytes)));
    this.#process.stderr.on("data", (bytes) => {
      this.#stderr += bytes;
    });
    this.#process.on("exit", (code) => {
      const error = new Error(`the server ended with ${code}: ${this.#stderr.slice(-2000)}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    // A server that ends early is reported by "exit".
    this.#process.stdin.on("error", () => undefined);
  }

  /** The handshake. */
  async initialize() {
    await this.request("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "runlens-bench", version: "1.0.0" },
    });
    this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** @returns {Promise<Record<string, unknown>[]>} */
  async listTools() {
    const { tools } = await this.request("tools/list", {});
    return tools;
  }

  /** Calls a tool; an error result is an error here. @param {string} name @param {object} input @returns {Promise<ToolResult>} */
  async call(name, input) {
    const result = await this.request("tools/call", { name, arguments: input });
    if (result.isError) {
      throw new Error(
        `${name} ${JSON.stringify(input)}: ${result.content?.[0]?.text}\n${this.#stderr.slice(-2000)}`,
      );
    }
    return result;
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  request(method, params) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method} took too long`)), PATIENCE_MS);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#send({ jsonrpc: "2.0", id, method, params });
    });
  }

  /** Ends the server as a client does that goes away, and waits until it is gone. */
  async close() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await gone;
    clearTimeout(timer);
  }

  /** @param {object} message */
  #send(message) {
    this.#process.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** @param {string} text */
  #receive(text) {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line);
      const waiting = this.#waiting.get(message.id);
      // Notifications, and requests of the server, are nobody's answer.
      if (waiting === undefined || message.method !== undefined) continue;
      this.#waiting.delete(message.id);
      if (message.error) waiting.reject(new Error(JSON.stringify(message.error)));
      else waiting.resolve(message.result);
    }
  }
}
