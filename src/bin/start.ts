/** Composition of the program: which front end runs, and with what. */
import { operations } from "../../tools/index.ts";
import { type App, type AppOptions, createApp } from "../app.ts";
import { type Flags, loadConfig, VERSION } from "../config.ts";
import type { HttpFlags } from "../frontends/cli/serve-commands.ts";
import type { Resource } from "../frontends/mcp.ts";
import { createLog, type Log } from "../log.ts";
import { systemClock } from "../sync/clock.ts";

const resources: readonly Resource[] = [
  {
    name: "schema",
    uri: "runlens://schema",
    about: "query_sql",
    title: "Tables for query_sql",
    description: "Every table, view and column that query_sql can ask about, and what its SQL may say.",
    mimeType: "text/markdown",
    read: async () => (await import("../store/sql/page.ts")).schemaPage(),
  },
];

/** An application for these flags. */
export function openApp(flags: Flags, frontend: AppOptions["frontend"], log: Log): App {
  return createApp({ config: () => loadConfig(flags), frontend, log });
}

/** The MCP server on stdin and stdout. */
export async function startStdio(flags: Flags): Promise<void> {
  const log = createLog();
  const { runStdioServer } = await import("../frontends/stdio.ts");
  const app = openApp(flags, "server", log);
  runStdioServer({ operations, resources, ask: app.ask, log, version: VERSION }, () => app.close());
}

/** The server over HTTP; gives the address it listens at. */
export async function startHttp(flags: Flags, http: HttpFlags): Promise<string> {
  const { serve } = await import("./serve.ts");
  return serve({
    operations,
    resources,
    version: VERSION,
    http,
    open: (log) => openApp(flags, "server", log),
  });
}

/** The command line; resolves with the exit code. */
export async function startCli(argv: readonly string[]): Promise<number> {
  const [{ runCli }, { processConsole }] = await Promise.all([
    import("../frontends/cli/program.ts"),
    import("../frontends/cli/console.ts"),
  ]);
  const log = createLog();
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return runCli(argv, {
    operations,
    openApp: (flags) => openApp(flags, "cli", log),
    startStdio,
    startHttp,
    console: await processConsole(!argv.includes("--no-progress")),
    log,
    version: VERSION,
    clock: systemClock(),
    signal: controller.signal,
  });
}
