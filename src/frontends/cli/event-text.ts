/** Events of a run drawn for a person: root causes below what they broke, stacks at the end. */
import { isRecord } from "../clean.ts";
import { terminalText } from "./terminal.ts";

const COLUMNS = ["timestamp", "level", "event_type", "step_key", "message"];
const HEADINGS = {
  event_type: "TYPE",
  step_key: "STEP_KEY",
  timestamp: "TIMESTAMP",
  level: "LEVEL",
  message: "MESSAGE",
};
/** Messages say much the same in each row; a root cause is what was looked for. */
const LONGEST_MESSAGE = 60;
const LONGEST_CAUSE = 160;

type Row = Readonly<Record<string, unknown>>;

/** The whole text for stdout; `next` is the command that asked, for the page that follows. */
export async function eventText(
  runId: string,
  answer: Record<string, unknown>,
  next: string,
): Promise<string> {
  const { items, scanned: _, stopped: __, has_more: ___, ...envelope } = answer;
  const events = Array.isArray(items) ? items.filter(isRecord) : [];
  const table = await terminalText(
    { ...envelope, items: events.flatMap(rowsOf) },
    {
      longestMessage: LONGEST_CAUSE,
      columns: COLUMNS,
      headings: HEADINGS,
      none: noneOf(runId, answer),
      next,
      ...(events.length === 0 ? {} : { count: countOf(answer) }),
    },
  );
  const parts = events.length === 0 ? [table] : [`Events of run ${runId}:`, table];
  return [...parts, ...events.flatMap(stackOf)].join("\n\n");
}

/** The row of an event, and one below it for the error that it is about. */
function rowsOf(event: Row): Row[] {
  const { message, error_message, error_stack: _, step_key, ...rest } = event;
  // Of those columns none is left out, also where no event has a step.
  const row = { ...rest, step_key: step_key ?? "", message: shortened(oneLine(message)) };
  // An event that is nothing but its error does not say it twice.
  if (typeof error_message !== "string" || oneLine(error_message) === oneLine(message)) return [row];
  const below = { timestamp: "", level: "", event_type: "", step_key: "" };
  return [row, { ...below, message: `└ ${oneLine(error_message)}` }];
}

function oneLine(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s*\n\s*/g, " ") : "";
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE - 1)}…`;
}

function noneOf(runId: string, { scanned, next_cursor }: Row): string {
  const among = typeof next_cursor === "string" ? ` among the ${String(scanned)} looked at` : "";
  return `No events found for run ${runId}${among}.`;
}

/** How many match in all, as far as that is known, and among how many they were found. */
function countOf({ total, returned, scanned, has_more }: Row): string {
  if (typeof total === "number" && total !== returned) return `Events: ${String(returned)} of ${total}`;
  const among = typeof scanned === "number" && scanned !== returned ? ` (of ${scanned} looked at)` : "";
  return has_more === true
    ? `Events: ${String(returned)}${among}, more may follow`
    : `Total events: ${String(returned)}${among}`;
}

function stackOf({ event_type, step_key, timestamp, error_stack }: Row): string[] {
  if (!Array.isArray(error_stack) || error_stack.length === 0) return [];
  const where = typeof step_key === "string" ? ` of ${step_key}` : "";
  const lines = error_stack.map((line) => `  ${String(line)}`);
  return [`Stack, ${String(event_type)}${where} at ${String(timestamp)}:\n${lines.join("\n")}`];
}
