/** One operation as a command: its options, its help, its answer as a table or as JSON. */
import type { Command } from "commander";
import type { Operation } from "../../operation.ts";
import { isRecord } from "../clean.ts";
import { responseSchema } from "../schemas.ts";
import { addInputs, dashed, readInput } from "./inputs.ts";
import type { Session } from "./session.ts";
import { type TerminalOptions, terminalText } from "./terminal.ts";

/** What a person calls a severity, worst first; `--fail-on` exits when one of these or worse is there. */
const SEVERITIES = ["critical", "warning"] as const;
type Severity = (typeof SEVERITIES)[number];

/** Exit code of `health-dashboard --fail-on` when there is something to fail on. */
export const EXIT_UNHEALTHY = 10;

/** Adds `operation` to the program under its name with dashes. */
export function addOperation(program: Command, operation: Operation, session: Session): void {
  const command = program
    .command(dashed(operation.name))
    .summary(operation.summary)
    .description(`${operation.summary}\n\n${operation.guidance}`);
  addInputs(command, operation);
  command.option("--json", "Print the whole answer as JSON.");
  command.option("--response-schema", "Print the JSON Schema of the answer and ask nothing.");
  const hasAlerts = "alerts" in operation.output.shape;
  if (hasAlerts)
    command.option(
      "--fail-on <severity>",
      `Exit ${EXIT_UNHEALTHY} when there is such an alert or a worse one: ${SEVERITIES.join(", ")}.`,
    );
  command.addHelpText("after", () => exampleText(operation));
  command.action(async (...given: unknown[]) => {
    const options = command.opts();
    if (options.responseSchema === true) return session.print(json(responseSchema(operation)));
    const failOn = readSeverity(options.failOn, command);
    const alone = given.slice(0, -2).map((value) => (typeof value === "string" ? value : undefined));
    const answer = await session.ask(operation, readInput(operation, options, alone));
    await session.print(options.json === true ? json(answer) : await table(operation, answer, options));
    const alert = failOn === null ? undefined : worstAlert(answer, failOn);
    if (alert === undefined) return;
    session.say(`Exit code ${EXIT_UNHEALTHY}: ${whyOf(alert)} (--fail-on ${failOn}).`);
    session.exitWith(EXIT_UNHEALTHY);
  });
}

/** The answer in the columns of the operation, or in those asked for. */
async function table(
  operation: Operation,
  answer: Record<string, unknown>,
  options: Record<string, unknown>,
): Promise<string> {
  const columns = Array.isArray(options.fields) ? options.fields.map(String) : operation.columns;
  const drawing: TerminalOptions = { columns, next: `runlens ${dashed(operation.name)} ...` };
  return terminalText(answer, drawing);
}

/** JSON for `--json`: indented, because people read it too. */
export function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function exampleText(operation: Operation): string {
  const lines = operation.examples.map(
    ({ ask, input }) => `  ${ask}\n    ${exampleCommand(operation, input)}`,
  );
  return `\nExamples:\n${lines.join("\n")}`;
}

/** The command line that asks an example. */
export function exampleCommand(operation: Operation, input: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(input).flatMap(([name, value]) => {
    const flag = `--${dashed(name)}`;
    if (value === true) return [flag];
    if (value === false || value === undefined) return [];
    return [value].flat().flatMap((one) => [flag, quoted(String(one))]);
  });
  return ["runlens", dashed(operation.name), ...words].join(" ");
}

function quoted(word: string): string {
  return /^[\w.,:/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function readSeverity(value: unknown, command: Command): Severity | null {
  if (value === undefined) return null;
  const severity = SEVERITIES.find((known) => known === value);
  if (severity !== undefined) return severity;
  return command.error(`error: --fail-on takes ${SEVERITIES.join(" or ")}, not '${String(value)}'.`);
}

/** The first alert that is bad enough: a dashboard names the worst first, whatever its limit leaves out. */
function worstAlert(
  answer: Record<string, unknown>,
  least: Severity,
): Readonly<Record<string, unknown>> | undefined {
  const alerts = Array.isArray(answer.alerts) ? answer.alerts.filter(isRecord) : [];
  const bad = SEVERITIES.slice(0, SEVERITIES.indexOf(least) + 1).map(String);
  return alerts.find((alert) => bad.includes(String(alert.severity)));
}

/** `orders is critical: test on shop.orders fails (2 rows)`. */
function whyOf({ subject, severity, reason }: Readonly<Record<string, unknown>>): string {
  return `${String(subject)} is ${severity === "critical" ? "critical" : "a warning"}: ${String(reason)}`;
}
