/** A run of very many events, each of which is made when a page asks for it. */
import { runIdOf } from "./ids.ts";
import type { EventLog, Failure, Run, RunEvent, Step } from "./world.ts";

export interface LargeRunOptions {
  jobName: string;
  origin: Run["origin"];
  events: number;
  /** Places in the log, from 0, at which a step fails; never the first two or the last. */
  failuresAt: readonly number[];
  /** Epoch seconds. */
  createdAt: number;
  /** Seconds from one event to the next. */
  pace?: number;
}

/** Start, lines of the user's code, and end of one step. */
const EVENTS_OF_A_STEP = 10;
/** Before the first step: the run is starting, and starts. */
const OPENING = 2;

export function largeRun(options: LargeRunOptions): Run {
  const { jobName, events, createdAt, pace = 0.05 } = options;
  if (events <= OPENING) throw new Error(`a large run has more than ${OPENING} events`);
  const log = new LargeLog(options);
  const endedAt = createdAt + pace * (events - 1);
  let steps: readonly Step[] | null = null;
  return {
    id: runIdOf(`${jobName} large ${events}`),
    jobName,
    status: options.failuresAt.length > 0 ? "FAILURE" : "SUCCESS",
    createdAt,
    startedAt: createdAt + pace,
    endedAt,
    updatedAt: endedAt,
    tags: [],
    origin: options.origin,
    parentRunId: null,
    rootRunId: null,
    stepKeysToExecute: null,
    assetSelection: null,
    snapshotId: null,
    failure: null,
    log,
    get steps() {
      steps ??= log.steps();
      return steps;
    },
  };
}

class LargeLog implements EventLog {
  readonly length: number;
  readonly #options: LargeRunOptions;
  readonly #failures: ReadonlySet<number>;
  readonly #pace: number;

  constructor(options: LargeRunOptions) {
    this.#options = options;
    this.#failures = new Set(options.failuresAt);
    this.#pace = options.pace ?? 0.05;
    this.length = options.events;
  }

  at(index: number): RunEvent {
    const at = this.#options.createdAt + this.#pace * index;
    if (index === 0) return this.#runEvent("RunStartingEvent", "RUN_STARTING", at, "");
    if (index === 1) return this.#runEvent("RunStartEvent", "RUN_START", at, "Started execution of run.");
    if (index === this.length - 1) return this.#last(at);
    const place = (index - OPENING) % EVENTS_OF_A_STEP;
    const stepKey = keyOf(Math.floor((index - OPENING) / EVENTS_OF_A_STEP));
    if (this.#failures.has(index)) return failed(stepKey, at);
    const event = (type: string, eventType: string | null, level: RunEvent["level"], message: string) => ({
      type,
      eventType,
      at,
      level,
      stepKey,
      message,
    });
    if (place === 0)
      return event(
        "ExecutionStepStartEvent",
        "STEP_START",
        "DEBUG",
        `Started execution of step "${stepKey}".`,
      );
    if (place === EVENTS_OF_A_STEP - 1 && !this.#hasFailed(index))
      return event(
        "ExecutionStepSuccessEvent",
        "STEP_SUCCESS",
        "DEBUG",
        `Finished execution of step "${stepKey}".`,
      );
    return event(
      "LogMessageEvent",
      null,
      place === 5 ? "WARNING" : "INFO",
      `row batch ${index} of ${stepKey}`,
    );
  }

  /** One for each step that began, with its times and its end. */
  steps(): Step[] {
    const { createdAt } = this.#options;
    const time = (index: number) => createdAt + this.#pace * index;
    const count = Math.ceil((this.length - 1 - OPENING) / EVENTS_OF_A_STEP);
    return Array.from({ length: count }, (_, place): Step => {
      const start = OPENING + place * EVENTS_OF_A_STEP;
      const end = start + EVENTS_OF_A_STEP - 1;
      const failure = [...Array(EVENTS_OF_A_STEP).keys()].find((offset) =>
        this.#failures.has(start + offset),
      );
      const isOpen = failure === undefined && end >= this.length - 1;
      const ended = isOpen ? null : time(failure === undefined ? end : start + failure);
      return {
        key: keyOf(place),
        status: failure !== undefined ? "FAILURE" : isOpen ? "IN_PROGRESS" : "SUCCESS",
        attempts: [
          { startedAt: time(start), endedAt: ended, failure: failure === undefined ? null : FAILURE },
        ],
        plans: [],
        materializations: [],
        checks: [],
        lines: [],
      };
    });
  }

  #hasFailed(index: number): boolean {
    const start = index - (EVENTS_OF_A_STEP - 1);
    return [...Array(EVENTS_OF_A_STEP).keys()].some((offset) => this.#failures.has(start + offset));
  }

  #last(at: number): RunEvent {
    if (this.#failures.size === 0)
      return this.#runEvent("RunSuccessEvent", "RUN_SUCCESS", at, "Finished execution of run.");
    const event = this.#runEvent(
      "RunFailureEvent",
      "RUN_FAILURE",
      at,
      "Execution of run failed. Steps failed.",
    );
    return { ...event, level: "ERROR", fields: { ...event.fields, error: null } };
  }

  #runEvent(type: string, eventType: string, at: number, message: string): RunEvent {
    const fields = { pipelineName: this.#options.jobName };
    return { type, eventType, at, level: "DEBUG", stepKey: null, message, fields };
  }
}

const keyOf = (place: number) => `load.batch[${place}]`;

/** As a step's failure comes: Dagster's own error around the user's, around what caused it. */
const FAILURE: Failure = {
  module: "dagster._core.errors",
  className: "DagsterExecutionStepExecutionError",
  message: 'Error occurred while executing op "batch":',
  stack: [
    '  File "/dagster/_core/execution/plan/execute_plan.py", line 246, in dagster_event_sequence_for_step\n',
  ],
  cause: {
    className: "RuntimeError",
    message: "the batch could not be written",
    stack: ['  File "/code/load.py", line 21, in batch\n    write(rows)\n'],
    cause: {
      className: "ConnectionResetError",
      message: "[Errno 104] Connection reset by peer",
      stack: ['  File "/code/warehouse.py", line 8, in write\n    sock.send(data)\n'],
      cause: null,
    },
  },
};

function failed(stepKey: string, at: number): RunEvent {
  return {
    type: "ExecutionStepFailureEvent",
    eventType: "STEP_FAILURE",
    at,
    level: "ERROR",
    stepKey,
    message: `Execution of step "${stepKey}" failed.`,
    fields: { error: FAILURE, errorSource: "USER_CODE_ERROR", failureMetadata: null },
  };
}
