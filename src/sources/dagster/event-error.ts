/** The error of an event: what went wrong at the root, and what that was wrapped in. */
import type { EventError } from "../source.ts";
import type { WireEventError } from "./event-page.ts";

const MOST_LINES = 60;
const LONGEST_LINE = 200;
/** A failed run repeats the stacks of its processes inside the message of its error. */
const STACKS_IN_MESSAGE = /\n+Stack Trace:\n(?: {2,}.*(?:\n|$))*/g;

/** Reads the chain; `stack` says whether the stacks were asked for. */
export function eventError(error: WireEventError, stack: boolean): EventError {
  const chain: WireEventError[] = [];
  for (let link: WireEventError | null = error; link !== null; link = link.cause) chain.push(link);
  const texts = chain.map(errorText);
  return {
    root_cause: texts.at(-1) ?? "",
    chain: texts,
    stack: stack ? stackLines(chain) : null,
  };
}

/** `Class: message`. The message of most errors begins with the class, in the module it comes from. */
function errorText({ className, message }: WireEventError): string {
  const said = (message ?? "").replace(STACKS_IN_MESSAGE, "\n").trim();
  const name = className ?? "";
  if (name === "") return said || "Error";
  const [start = "", ...rest] = said.split(":");
  const isNamed = start === name || (start.endsWith(`.${name}`) && !/\s/.test(start));
  const plain = isNamed ? rest.join(":").trim() : said;
  return plain === "" ? name : `${name}: ${plain}`;
}

/** Each error above its frames, the root cause first. */
function stackLines(chain: readonly WireEventError[]): string[] {
  const lines = chain.toReversed().flatMap((link) => {
    const frames = (link.stack ?? []).flatMap((frame) => frame.split("\n"));
    const [title = ""] = errorText(link).split("\n");
    return [title, ...frames.filter((line) => line.trim() !== "")];
  });
  const shown = lines.length > MOST_LINES ? lines.slice(0, MOST_LINES - 1) : lines;
  const left = lines.length - shown.length;
  return [...shown.map(cut), ...(left === 0 ? [] : [`… ${left} more lines`])];
}

function cut(line: string): string {
  const text = line.trimEnd();
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 1)}…` : text;
}
