/** The command line: every operation as a command, and the commands around them. */
import { Command, CommanderError, Option } from "commander";
import type { App } from "../../app.ts";
import type { Flags } from "../../config.ts";
import { RunlensError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Operation } from "../../operation.ts";
import { failureText, toFailure } from "../failure.ts";
import type { Console } from "./console.ts";
import { addDemo } from "./demo.ts";
import { addDoctor } from "./doctor.ts";
import { addKeyCommand } from "./key-command.ts";
import { addOperation, json } from "./operation-command.ts";
import { addRunCommands } from "./run-commands.ts";
import { addServeCommands, type StartHttp, type StartStdio } from "./serve-commands.ts";
import { createSession, type Session } from "./session.ts";
import { addStoreCommands } from "./store-commands.ts";

export interface CliOptions {
  operations: readonly Operation[];
  openApp: (flags: Flags) => App;
  startStdio: StartStdio;
  startHttp: StartHttp;
  console: Console;
  log: Log;
  version: string;
  /** That of the machine. */
  clock: { now(): number };
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** Runs one command line (without node and script) and resolves with its exit code. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<number> {
  const program = new Command("runlens");
  const { session, exit, close } = createSession({ ...options, flags: () => readFlags(program) });
  const written: string[] = [];
  describe(program, options.version);
  program.configureOutput({
    writeOut: (text) => void written.push(text),
    writeErr: (text) => void written.push(text),
    outputError: () => undefined,
  });
  addCommands(program, session, options);
  inherit(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit();
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === "commander.help")) {
      await options.console.out(written.join(""));
      return 0;
    }
    return report(error instanceof CommanderError ? usageError(error) : error, argv, options);
  } finally {
    options.console.endProgress();
    await close().catch((error: unknown) => options.log.error(`closing failed: ${String(error)}`));
  }
}

function describe(program: Command, version: string): void {
  program
    .description(
      "How your data pipelines ran: what is slow, broken or stale, what it affects, and since when.",
    )
    .version(version)
    .addOption(
      new Option("--env-file <file>", "File of environment variables (NAME=value); those set already win."),
    )
    .addOption(new Option("--config <file>", "Config file with several sources."))
    .addOption(new Option("--store <folder>", "Folder of the store, or :memory: to keep nothing."))
    .addOption(
      new Option("--artifacts <path>", "Folder of dbt artifacts; repeat for several.").argParser(
        (path, before: string[] | undefined) => [...(before ?? []), path],
      ),
    )
    .addOption(new Option("--demo", "Answer from the demo data that comes with runlens."))
    .addOption(new Option("--no-progress", "Show no progress on the terminal."))
    .helpCommand(false)
    .showSuggestionAfterError(true);
}

function addCommands(program: Command, session: Session, options: CliOptions): void {
  program.commandsGroup("Questions:");
  for (const operation of options.operations) addOperation(program, operation, session);
  program.commandsGroup("The same by noun:");
  addRunCommands(program, session);
  program.commandsGroup("Servers:");
  addServeCommands(program, session, options);
  addKeyCommand(program, session, options.clock);
  program.commandsGroup("Data and set-up:");
  addStoreCommands(program, session);
  addDoctor(program, session);
  addDemo(program, session);
}

/** Commander copies these settings only to commands that are added after them. */
function inherit(program: Command): void {
  program.exitOverride();
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    inherit(command);
  }
}

function readFlags(program: Command): Flags {
  const { envFile, config, store, artifacts, demo } = program.opts<Flags>();
  return {
    ...(envFile === undefined ? {} : { envFile }),
    ...(config === undefined ? {} : { config }),
    ...(store === undefined ? {} : { store }),
    ...(artifacts === undefined ? {} : { artifacts }),
    ...(demo === undefined ? {} : { demo }),
  };
}

/** What the parser found wrong, with the nearest name where it knows one. */
function usageError(error: CommanderError): RunlensError {
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.?$/, ".")}`;
  const near = suggestion?.replace(/^\((.*)\)$/, "$1 ") ?? "";
  const where =
    error.code === "commander.unknownCommand"
      ? "`runlens --help` lists all commands."
      : "`--help` after the command lists what it takes.";
  return new RunlensError("INVALID_INPUT", sentence, `${near}${where}`);
}

/** Says what went wrong on stderr, as JSON where the answer was to be JSON; gives the exit code. */
function report(error: unknown, argv: readonly string[], { console: io, log, signal }: CliOptions): number {
  io.endProgress();
  const { body, exit } = toFailure(error, log, { signal });
  io.err(argv.includes("--json") ? json(body) : failureText(body));
  return exit;
}
