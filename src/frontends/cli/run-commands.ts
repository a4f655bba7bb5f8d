/** `run get` and `run-events get`: the same operations under the nouns that some people know. */
import type { Command } from "commander";
import { EVENT_LEVELS } from "../../core/vocabulary.ts";
import { RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import { eventText } from "./event-text.ts";
import { json } from "./operation-command.ts";
import type { Session } from "./session.ts";
import { terminalText } from "./terminal.ts";

/** Adds the nouns for the operations that are there. */
export function addRunCommands(program: Command, session: Session): void {
  const find = (name: string) => session.operations.find((operation) => operation.name === name);
  const run = find("get_run");
  const events = find("get_run_events");
  if (run !== undefined) addRun(program, run, session);
  if (events !== undefined) addRunEvents(program, events, session);
}

function addRun(program: Command, operation: Operation, session: Session): void {
  program
    .command("run")
    .description("One run.")
    .command("get")
    .description(operation.summary)
    .argument("<run-id>", "Run by its id; latest is the newest run.")
    .option("--json", "Print the whole answer as JSON.")
    .action(async (runId: string, options: { json?: boolean }) => {
      const answer = await session.ask(operation, { run_id: runId });
      await session.print(
        options.json ? json(answer) : await terminalText(answer, { columns: operation.columns }),
      );
    });
}

interface EventOptions {
  type?: string;
  step?: string;
  level?: string;
  exactLevel?: boolean;
  limit?: string;
  cursor?: string;
  stack?: boolean;
  json?: boolean;
}

function addRunEvents(program: Command, operation: Operation, session: Session): void {
  program
    .command("run-events")
    .description("The events of one run.")
    .command("get")
    .description(operation.summary)
    .argument("<run-id>", "Run by its id; latest is the newest run.")
    .option("--type <types>", "Only events of these types, separated by commas.")
    .option("--step <text>", "Only events of steps whose key contains this text, in any case.")
    .option("--level <level>", `Only events of this level and above: ${EVENT_LEVELS.join(", ")}.`)
    .option("--exact-level", "Only events of exactly the level that --level names.")
    .option("--limit <number>", "At most so many events (default: 100).")
    .option("--cursor <cursor>", "The page after the one that named this cursor.")
    .option("--stack", "Also the stacks of errors, the root cause first.")
    .option("--json", "Print the whole answer as JSON.")
    .action(async (runId: string, options: EventOptions) => {
      const answer = await session.ask(operation, eventInput(runId, options));
      await session.print(
        options.json ? json(answer) : await eventText(runId, answer, commandOf(runId, options)),
      );
    });
}

function eventInput(
  runId: string,
  { type, step, level, exactLevel, limit, cursor, stack }: EventOptions,
): Record<string, unknown> {
  return {
    run_id: runId,
    ...(type === undefined ? {} : { event_type: type.split(",").map((word) => word.trim()) }),
    ...(step === undefined ? {} : { step_key: step }),
    ...(level === undefined ? {} : { level: level.toUpperCase() }),
    ...(exactLevel === undefined ? {} : { exact_level: exactLevel }),
    ...(limit === undefined ? {} : { limit: toLimit(limit) }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(stack === undefined ? {} : { include: ["stack"] }),
  };
}

/** The command as it was typed, without its cursor: the next page has the same filters. */
function commandOf(runId: string, { type, step, level, exactLevel, limit, stack }: EventOptions): string {
  const words = Object.entries({ type, step, level, limit }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, shellWord(value)],
  );
  const flags = [...(exactLevel ? ["--exact-level"] : []), ...(stack ? ["--stack"] : [])];
  return ["runlens run-events get", shellWord(runId), ...words, ...flags].join(" ");
}

/** A word that a shell takes as it stands. */
function shellWord(text: string): string {
  return /^[\w.,:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new RunlensError("INVALID_INPUT", `--limit is "${text}".`, "It has to be a whole number, 1 or more.");
}
