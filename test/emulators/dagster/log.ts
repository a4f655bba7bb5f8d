/** The events that a run's steps tell, in the order and the words of Dagster's own. */
import type { EventLog, Failure, Run, RunEvent, Step } from "./world.ts";

const logs = new WeakMap<Run, { steps: readonly Step[]; status: string; log: EventLog }>();

/** The run's own log or the one that its steps tell, which is made once it is asked for. */
export function logOf(run: Run): EventLog {
  if (run.log !== undefined) return run.log;
  const known = logs.get(run);
  if (known !== undefined && known.steps === run.steps && known.status === run.status) return known.log;
  const events = eventsOf(run);
  const log: EventLog = {
    length: events.length,
    at(index) {
      const event = events[index];
      if (event === undefined) throw new Error(`run ${run.id} has no event ${index}`);
      return event;
    },
  };
  logs.set(run, { steps: run.steps, status: run.status, log });
  return log;
}

function eventsOf(run: Run): RunEvent[] {
  const last = run.endedAt ?? run.updatedAt;
  const events = [...opening(run), ...run.steps.flatMap((step) => stepEvents(step, last))];
  // What several steps tell at once is told in the order of the times; equal times keep theirs.
  events.sort((one, other) => one.at - other.at);
  return [...events, ...closing(run)];
}

const TYPES = {
  STEP_START: "ExecutionStepStartEvent",
  STEP_SUCCESS: "ExecutionStepSuccessEvent",
  STEP_RESTARTED: "ExecutionStepRestartEvent",
  STEP_SKIPPED: "ExecutionStepSkippedEvent",
  RUN_ENQUEUED: "RunEnqueuedEvent",
  RUN_DEQUEUED: "RunDequeuedEvent",
  RUN_STARTING: "RunStartingEvent",
  RUN_START: "RunStartEvent",
  RUN_SUCCESS: "RunSuccessEvent",
  RUN_FAILURE: "RunFailureEvent",
  RUN_CANCELING: "RunCancelingEvent",
  RUN_CANCELED: "RunCanceledEvent",
} as const;

function runEvent(
  run: Run,
  eventType: keyof typeof TYPES,
  at: number,
  message: string,
  error: Failure | null = null,
): RunEvent {
  const failed = eventType === "RUN_FAILURE" || eventType === "RUN_CANCELED";
  const fields = { pipelineName: run.jobName, ...(failed && { error }) };
  return {
    type: TYPES[eventType],
    eventType,
    at,
    level: LEVELS[eventType] ?? "DEBUG",
    stepKey: null,
    message,
    fields,
  };
}

/** What the coordinator and the launcher write; what a run writes of itself is DEBUG. */
const LEVELS: Readonly<Partial<Record<keyof typeof TYPES, RunEvent["level"]>>> = {
  RUN_ENQUEUED: "INFO",
  RUN_DEQUEUED: "INFO",
  RUN_STARTING: "INFO",
  RUN_CANCELING: "INFO",
  RUN_FAILURE: "ERROR",
  RUN_CANCELED: "ERROR",
};

function opening(run: Run): RunEvent[] {
  const { createdAt, startedAt, jobName, status } = run;
  const events = run.steps.flatMap((step) => planned(run, step));
  if (status === "NOT_STARTED" || status === "MANAGED") return events;
  // What is executed outside a workspace passes no queue and no launcher.
  if (run.origin !== null) {
    events.push(runEvent(run, "RUN_ENQUEUED", createdAt, ""));
    if (status === "QUEUED") return events;
    const begun = startedAt ?? run.endedAt ?? createdAt;
    events.push(runEvent(run, "RUN_DEQUEUED", begun, ""), runEvent(run, "RUN_STARTING", begun, ""));
  }
  if (startedAt !== null)
    events.push(runEvent(run, "RUN_START", startedAt, `Started execution of run for "${jobName}".`));
  return events;
}

function planned(run: Run, step: Step): RunEvent[] {
  const event = (what: Pick<RunEvent, "type" | "eventType" | "message" | "fields">): RunEvent => ({
    at: run.createdAt,
    level: "DEBUG",
    stepKey: step.key,
    ...what,
  });
  return [
    ...step.plans.map((assetKey) =>
      event({
        type: "AssetMaterializationPlannedEvent",
        eventType: "ASSET_MATERIALIZATION_PLANNED",
        message: `${run.jobName} intends to materialize asset ${JSON.stringify(assetKey)}`,
        fields: { pipelineName: run.jobName, assetKey: { path: assetKey } },
      }),
    ),
    ...step.checks.map(({ asset, check }) =>
      event({
        type: "AssetCheckEvaluationPlannedEvent",
        eventType: "ASSET_CHECK_EVALUATION_PLANNED",
        message: `${run.jobName} intends to execute asset check ${check} on asset ${JSON.stringify(asset)}`,
        fields: { assetKey: { path: asset }, checkName: check },
      }),
    ),
  ];
}

function closing(run: Run): RunEvent[] {
  const { status, jobName } = run;
  const at = run.endedAt ?? run.updatedAt;
  if (status === "SUCCESS")
    return [runEvent(run, "RUN_SUCCESS", at, `Finished execution of run for "${jobName}".`)];
  if (status === "FAILURE") return failedRun(run, at);
  if (status !== "CANCELING" && status !== "CANCELED") return [];
  const canceling = runEvent(run, "RUN_CANCELING", at, "Sending run termination request.");
  if (status === "CANCELING") return [canceling];
  const message = `Execution of run for "${jobName}" canceled.`;
  return [canceling, runEvent(run, "RUN_CANCELED", at, message, INTERRUPTED)];
}

/** What stopped a run that is canceled, and the step that went on. */
export const INTERRUPTED: Failure = {
  module: "dagster._core.errors",
  className: "DagsterExecutionInterruptedError",
  message: "",
  stack: [],
  cause: null,
};

/** Of steps that failed, or of what ended the run from outside: then an event of the engine says why. */
function failedRun(run: Run, at: number): RunEvent[] {
  const { steps, failure, jobName } = run;
  if (failure !== null) {
    const engine: RunEvent = {
      type: "EngineEvent",
      eventType: "ENGINE_EVENT",
      at,
      level: "ERROR",
      stepKey: null,
      message: `${failure.className}: ${failure.message}\n`,
      fields: {
        error: failure,
        label: null,
        description: null,
        metadataEntries: [],
        markerStart: null,
        markerEnd: null,
      },
    };
    const message = "This run has been marked as failed from outside the execution context.";
    return [engine, runEvent(run, "RUN_FAILURE", at, message)];
  }
  const failed = steps.filter(({ status }) => status === "FAILURE");
  const keys = failed.map(({ key }) => `'${key}'`).join(", ");
  const error = failed[0]?.attempts.at(-1)?.failure ?? null;
  const message = `Execution of run for "${jobName}" failed. Steps failed: [${keys}].`;
  return [runEvent(run, "RUN_FAILURE", at, message, error)];
}

/** `end` (epoch seconds) is when a run that is over stopped what it left unfinished. */
function stepEvents(step: Step, end: number): RunEvent[] {
  const { key, status, attempts } = step;
  // What never began has no event of its own; a line of the log may say why.
  if (status === null) return happenings(step);
  const event = (type: string, eventType: string, at: number, message: string, fields = {}): RunEvent => ({
    type,
    eventType,
    at,
    level: "DEBUG",
    stepKey: key,
    message,
    fields,
  });
  if (status === "SKIPPED") {
    const message = `Skipping step ${key} due to skipped dependencies.`;
    return [event(TYPES.STEP_SKIPPED, "STEP_SKIPPED", attempts[0]?.startedAt ?? end, message)];
  }
  return attempts.flatMap((attempt, index) => {
    const { startedAt, endedAt, failure } = attempt;
    const begun =
      index === 0
        ? event(TYPES.STEP_START, "STEP_START", startedAt, `Started execution of step "${key}".`)
        : event(
            TYPES.STEP_RESTARTED,
            "STEP_RESTARTED",
            startedAt,
            `Started re-execution (attempt # ${index + 1}) of step "${key}".`,
          );
    if (endedAt === null) return [begun, ...happenings(step)];
    const next = attempts[index + 1];
    if (next !== undefined) {
      const wait = Math.round(next.startedAt - endedAt);
      const message = `Execution of step "${key}" failed and has requested a retry in ${wait} seconds.`;
      const fields = { error: retryRequested(failure), secondsToWait: wait };
      return [begun, event("ExecutionStepUpForRetryEvent", "STEP_UP_FOR_RETRY", endedAt, message, fields)];
    }
    const message = `Finished execution of step "${key}" in ${duration(endedAt - startedAt)}.`;
    const ended =
      status === "SUCCESS"
        ? event(TYPES.STEP_SUCCESS, "STEP_SUCCESS", endedAt, message)
        : stepFailure(key, endedAt, failure);
    return [begun, ...happenings(step), ended];
  });
}

/** Dagster's own error of a retry, around the one of the user's code. */
function retryRequested(failure: Failure | null): Failure {
  return {
    module: "dagster._core.execution.plan.utils",
    className: "RetryRequestedFromPolicy",
    message: "",
    stack: [],
    cause: failure?.cause ?? failure,
  };
}

/** E.g. `65ms` or `1.51s`. */
function duration(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)}ms` : `${Math.round(seconds * 100) / 100}s`;
}

function stepFailure(stepKey: string, at: number, error: Failure | null): RunEvent {
  const errorSource = error === INTERRUPTED ? "INTERRUPT" : "USER_CODE_ERROR";
  return {
    type: "ExecutionStepFailureEvent",
    eventType: "STEP_FAILURE",
    at,
    level: "ERROR",
    stepKey,
    message: `Execution of step "${stepKey}" failed.`,
    fields: { error, errorSource, failureMetadata: null },
  };
}

/** What the last attempt wrote, materialized and checked. */
function happenings({ key, lines, materializations, checks }: Step): RunEvent[] {
  const common = { level: "DEBUG", stepKey: key } as const;
  return [
    ...lines.map(
      ({ at, level, message }): RunEvent => ({
        type: "LogMessageEvent",
        eventType: null,
        at,
        level,
        stepKey: key,
        message,
      }),
    ),
    ...materializations.map(
      (one): RunEvent => ({
        ...common,
        type: "MaterializationEvent",
        eventType: "ASSET_MATERIALIZATION",
        at: one.at,
        message: `Materialized value ${one.asset.join(" ")}.`,
        fields: { materialization: one },
      }),
    ),
    ...evaluated(checks).map(
      (one): RunEvent => ({
        ...common,
        type: "AssetCheckEvaluationEvent",
        eventType: "ASSET_CHECK_EVALUATION",
        at: one.at,
        message: `Asset check '${one.check}' on '${one.asset.join("/")}' ${one.passed ? "passed" : "did not pass"}.${one.description === null ? "" : ` Description: '${one.description}'`}`,
        fields: { check: one },
      }),
    ),
  ];
}

const evaluated = (checks: Step["checks"]) => checks.filter(({ passed }) => passed !== null);
