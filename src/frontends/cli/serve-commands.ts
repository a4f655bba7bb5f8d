/** `mcp` and `serve`: the MCP server on stdio, and over HTTP on this machine. */
import type { Command } from "commander";
import type { Flags } from "../../config.ts";
import { RunlensError } from "../../errors.ts";
import type { Session } from "./session.ts";

/** Starts the server on stdio; it ends the process by itself. */
export type StartStdio = (flags: Flags) => Promise<void>;
/** Starts the server over HTTP; it ends the process by itself. Gives the address it listens at. */
export type StartHttp = (flags: Flags, host: string, port: number) => Promise<string>;

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
      "Serve MCP over HTTP on this machine: Streamable HTTP at /mcp, HTTP+SSE at /sse for older clients.",
    )
    .option("--port <number>", "Port; 0 takes any free one.", "3333")
    .option("--host <address>", "Address of this machine's loopback.", "127.0.0.1")
    .action(async ({ port, host }: { port: string; host: string }) => {
      const url = await startHttp(session.flags(), host, toPort(port));
      session.say(`runlens listens at ${url}/mcp (older clients: ${url}/sse). Ctrl-C ends it.`);
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
