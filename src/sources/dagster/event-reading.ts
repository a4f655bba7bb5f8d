/** One event of the wire: whether it is wanted, and what it says in the words of the port. */
import { EVENT_LEVELS, type EventLevel, eventTypeOf } from "../../core/vocabulary.ts";
import type { EventQuery, SourceEvent } from "../source.ts";
import { eventError } from "./event-error.ts";
import type { WireEvent } from "./event-page.ts";

/** Longer lists of steps are named in part. */
const MOST_STEPS = 3;

/** Type of an event; the lines that users log have none of their own. */
export function typeOf({ eventType }: WireEvent): string {
  return eventType ? eventTypeOf(eventType) : "LOG";
}

/** Keys of the steps that the event is about: the capture of logs may serve several. */
export function stepsOf({ stepKey, stepKeys }: WireEvent): readonly string[] {
  return stepKey ? [stepKey] : (stepKeys ?? []);
}

export function levelOf({ level }: WireEvent): EventLevel {
  return EVENT_LEVELS.find((known) => known === level) ?? "INFO";
}

/** Whether an event is what the query asks for. */
export function matcher({ types, levels, step }: EventQuery): (event: WireEvent) => boolean {
  const wanted = types === null ? null : new Set(types.map(eventTypeOf));
  return (event) =>
    (wanted === null || wanted.has(typeOf(event))) &&
    (levels === null || levels.includes(levelOf(event))) &&
    (step === null || stepsOf(event).some((key) => key.toLowerCase().includes(step)));
}

/** The event, or null where it has no time: the server knows a kind of event that has nothing to tell. */
export function readEvent(event: WireEvent, { stack }: Pick<EventQuery, "stack">): SourceEvent | null {
  const ms = Number(event.timestamp || Number.NaN);
  if (!Number.isFinite(ms)) return null;
  const steps = stepsOf(event);
  return {
    timestamp: new Date(ms).toISOString(),
    level: levelOf(event),
    event_type: typeOf(event),
    step_key: steps.length === 1 ? (steps[0] ?? null) : null,
    message: messageOf(event),
    error: event.error ? eventError(event.error, stack) : null,
    partition: event.partition ?? event.evaluation?.partition ?? null,
  };
}

/** The server's message, and behind it what it leaves out: versions differ in what they say. */
function messageOf(event: WireEvent): string {
  const message = (event.message ?? "").trim();
  const lacks = (word: string) => !message.includes(word);
  const { evaluation, secondsToWait, errorSource, materializationFailureReason } = event;
  const facts: (string | null)[] = [
    secondsToWait && !/\d seconds?\b/.test(message) ? `Retries in ${secondsToWait} s.` : null,
    ...assetFacts(event, lacks),
    ...(evaluation ? checkFacts(evaluation, lacks) : []),
    materializationFailureReason ? `Reason: ${materializationFailureReason}.` : null,
    errorSource ? `(${errorSource})` : null,
    severalSteps(stepsOf(event)),
  ];
  return [message, ...facts.filter((fact) => fact !== null)].filter((part) => part !== "").join(" ");
}

function assetFacts({ assetKey, partition }: WireEvent, lacks: (word: string) => boolean): string[] {
  const key = assetKey?.path.join("/") ?? "";
  const isSaid = key === "" || !lacks(key) || !lacks(JSON.stringify(assetKey?.path).replaceAll(",", ", "));
  return [...(isSaid ? [] : [`Asset: ${key}.`]), ...(partition ? [`Partition: ${partition}.`] : [])];
}

function checkFacts(
  { checkName, assetKey, success, severity, partition, description }: NonNullable<WireEvent["evaluation"]>,
  lacks: (word: string) => boolean,
): (string | null)[] {
  const outcome = success ? "passed" : "failed";
  return [
    checkName && lacks(checkName)
      ? `Check ${checkName} of ${assetKey?.path.join("/") ?? "an asset"} ${outcome}.`
      : null,
    success === false && severity ? `Severity: ${severity}.` : null,
    partition ? `Partition: ${partition}.` : null,
    description && lacks(description) ? description : null,
  ];
}

function severalSteps(steps: readonly string[]): string | null {
  if (steps.length < 2) return null;
  const more = steps.length - MOST_STEPS;
  return `Steps: ${steps.slice(0, MOST_STEPS).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
