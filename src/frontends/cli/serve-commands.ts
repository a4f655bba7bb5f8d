/** `mcp` and `serve`: MCP on stdio; MCP, REST and the page over HTTP. */
import { type Command, Option } from "commander";
import type { Flags } from "../../config.ts";
import { RunlensError } from "../../errors.ts";
import { LOG_FORMATS, type LogFormat } from "../../log.ts";
import type { Session } from "./session.ts";

/** Starts the server on stdio; it ends the process by itself. */
export type StartStdio = (flags: Flags) => Promise<void>;
/** Where the server listens, whether it also speaks HTTP+SSE, and what its log looks like. */
export interface HttpFlags {
  host: string;
  port: number;
  sse: boolean;
  logFormat: LogFormat;
}
/** Starts the server over HTTP; it ends the process by itself. Gives the address it listens at. */
export type StartHttp = (flags: Flags, http: HttpFlags) => Promise<string>;

interface ServeOptions {
  port: string;
  host: string;
  keys?: string;
  sse: boolean;
  logFormat: LogFormat;
}

/** Adds both; each stays until the process is ended. */
export function addServeCommands(
  program: Command,
  session: Session,
  { startStdio, startHttp }: { startStdio: StartStdio; startHttp: StartHttp },
): void {
  program
    .command("mcp")
    .description("Serve MCP on stdin and stdout, for clients that start runlens themselves.")
    .action(async () => {
      await startStdio(session.flags());
      await forever();
    });
  program
    .command("serve")
    .description(
      "Serve over HTTP: MCP at /mcp (older clients: /sse), the REST API below /api/v1 with its description at /docs and /openapi.json, and a page with health, run times and lineage at /.",
    )
    .option("--port <number>", "Port; 0 takes any free one.", "3333")
    .option(
      "--host <address>",
      "Address to listen at; beyond this machine only with keys or OAuth.",
      "127.0.0.1",
    )
    .option("--keys <file>", "File of API keys; `runlens key new` makes one.")
    .option("--no-sse", "Leave out HTTP+SSE, which MCP has deprecated.")
    .addOption(
      new Option("--log-format <format>", "json is one object a line, with ids of requests and traces.")
        .choices(LOG_FORMATS)
        .default("text"),
    )
    .action(async ({ port, host, keys, sse, logFormat }: ServeOptions) => {
      const flags = { ...session.flags(), ...(keys === undefined ? {} : { keys }) };
      const url = await startHttp(flags, { host, port: toPort(port), sse, logFormat });
      const older = sse ? ` (older clients: ${url}/sse)` : "";
      session.say(`runlens listens at ${url}/mcp${older}. Ctrl-C ends it.`);
      await forever();
    });
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new RunlensError(
    "INVALID_INPUT",
    `--port is "${text}".`,
    "It has to be a whole number from 0 to 65535.",
  );
}

/** The servers end the process themselves. */
function forever(): Promise<never> {
  return new Promise(() => undefined);
}
