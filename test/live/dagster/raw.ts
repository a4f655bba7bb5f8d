/** Runs read the plain way: GraphQL by hand, added up by other code than the product's. */
import { listAt, objectAt } from "../places.ts";
import { ask } from "./graphql.ts";

export interface RawStep {
  key: string;
  status: string;
  /** Seconds of the last attempt; null where it has no end. */
  seconds: number | null;
  attempts: number;
}

export interface RawRun {
  id: string;
  job: string;
  /** Code location; null for a run without the webserver. */
  location: string | null;
  status: string;
  /** Epoch seconds. */
  start: number | null;
  end: number | null;
  tags: ReadonlyMap<string, string>;
  /** Only some assets or steps of its job were asked for. */
  isPart: boolean;
  steps: RawStep[];
}

export interface RawEvent {
  at: string;
  level: string;
  /** As the server names it; null for a line that was logged. */
  type: string | null;
  step: string | null;
  message: string;
}

const RUNS = `{ runsOrError(limit: 500) { ... on Runs { results {
  runId jobName status startTime endTime parentRunId tags { key value } assetSelection { path }
  repositoryOrigin { repositoryLocationName }
  stepStats { stepKey status startTime endTime attempts { startTime endTime } } } } } }`;

const EVENTS = `query ($runId: ID!) { logsForRun(runId: $runId, limit: 1000) { ... on EventConnection { events {
  ... on MessageEvent { message timestamp level stepKey eventType }
  ... on LogsCapturedEvent { stepKeys } } } } }`;

/** All runs of the server, newest first. */
export async function rawRuns(url: string): Promise<RawRun[]> {
  return listAt(objectAt(await ask(url, RUNS), "runsOrError"), "results").map(runOf);
}

/** All events of a run, oldest first. */
export async function rawEvents(url: string, runId: string): Promise<RawEvent[]> {
  const events = listAt(objectAt(await ask(url, EVENTS, { runId }), "logsForRun"), "events");
  return events.map(({ timestamp, level, eventType, stepKey, stepKeys, message }) => ({
    at: new Date(Number(timestamp)).toISOString(),
    level: String(level),
    type: textOrNull(eventType),
    step: textOrNull(stepKey) ?? onlyOne(stepKeys),
    message: String(message),
  }));
}

function runOf(run: Record<string, unknown>): RawRun {
  const { runId, jobName, status, startTime, endTime, parentRunId, assetSelection, repositoryOrigin } = run;
  return {
    id: String(runId),
    job: String(jobName),
    location: repositoryOrigin === null ? null : String(objectAt(repositoryOrigin).repositoryLocationName),
    status: String(status),
    start: numberOrNull(startTime),
    end: numberOrNull(endTime),
    tags: new Map(listAt(run, "tags").map(({ key, value }) => [String(key), String(value)])),
    isPart: parentRunId !== null || (Array.isArray(assetSelection) && assetSelection.length > 0),
    steps: listAt(run, "stepStats").map(stepOf),
  };
}

function stepOf(step: Record<string, unknown>): RawStep {
  const attempts = listAt(step, "attempts");
  const { startTime, endTime } = attempts.at(-1) ?? step;
  return {
    key: String(step.stepKey),
    status: String(step.status),
    seconds: endTime === null ? null : Number(endTime) - Number(startTime),
    attempts: attempts.length,
  };
}

/** The capture of logs may be about one step. */
function onlyOne(keys: unknown): string | null {
  return Array.isArray(keys) && keys.length === 1 ? textOrNull(keys[0]) : null;
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
const numberOrNull = (value: unknown): number | null => (typeof value === "number" ? value : null);
