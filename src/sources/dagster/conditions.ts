/** What is wrong with a deployment itself: code that does not load, daemons that are down, ticks that fail. */
import type { ConditionRow } from "../../store/units.ts";
import { numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";
import { CONDITIONS_DOCUMENT, TICKS } from "./documents.ts";
import { eventError } from "./event-error.ts";
import { WireEventError } from "./event-page.ts";
import type { DagsterVisit } from "./visit.ts";
import { microsOf } from "./wire-run.ts";

export async function readConditions(visit: DagsterVisit): Promise<ConditionRow[]> {
  const data = await visit.api.ask(CONDITIONS_DOCUMENT, {}, visit.context.signal);
  const workspace = visit.api.memberOf(data, "workspaceOrError", "Workspace");
  const entries = objectsOf(workspace.locationEntries).filter(({ name }) =>
    visit.platform.wants(textOf(name) ?? ""),
  );
  return [
    ...entries.flatMap(locationConditions),
    ...objectsOf(objectOf(objectOf(data.instance).daemonHealth).allDaemonStatuses).flatMap((daemon) =>
      daemonCondition(daemon, visit.context.now()),
    ),
  ];
}

function locationConditions(entry: WireObject): ConditionRow[] {
  const name = textOf(entry.name) ?? "";
  const loaded = objectOf(entry.locationOrLoadError);
  if (loaded.__typename === "PythonError") {
    return [
      {
        project_id: name,
        kind: "code_location",
        subject: name,
        severity: "critical",
        message: `does not load: ${wordsOf(loaded)}`,
        since: microsOf(entry.updatedTimestamp),
      },
    ];
  }
  return objectsOf(loaded.repositories).flatMap((repository) => [
    ...objectsOf(repository.schedules).flatMap((one) =>
      tickCondition(name, "schedule", one.name, one.scheduleState),
    ),
    ...objectsOf(repository.sensors).flatMap((one) =>
      tickCondition(name, "sensor", one.name, one.sensorState),
    ),
  ]);
}

/** A running schedule or sensor whose last tick failed: what it starts does not run. */
function tickCondition(
  project_id: string,
  kind: "schedule" | "sensor",
  name: unknown,
  state: unknown,
): ConditionRow[] {
  const { status, ticks } = objectOf(state);
  const found = objectsOf(ticks).filter((tick) => tick.status !== "STARTED");
  const [last] = found;
  if (status !== "RUNNING" || last?.status !== "FAILURE") return [];
  const good = found.findIndex((tick) => tick.status !== "FAILURE");
  const failing = good === -1 ? found : found.slice(0, good);
  const count = good === -1 && failing.length === TICKS ? `at least ${TICKS}` : String(failing.length);
  return [
    {
      project_id,
      kind,
      subject: textOf(name) ?? kind,
      severity: "critical",
      message: `${failing.length === 1 ? "its last tick" : `${count} ticks in a row`} failed: ${wordsOf(objectOf(last.error))}`,
      since: microsOf(failing.at(-1)?.timestamp),
    },
  ];
}

/**
 * A daemon that the deployment needs and that does not run. A daemon that lives is called unhealthy as soon as one
 * sensor or schedule fails: that is told of these. Where nothing is said of it, Dagster+ runs it itself.
 */
function daemonCondition(daemon: WireObject, now: number): ConditionRow[] {
  if (daemon.required !== true || daemon.healthy !== false) return [];
  const subject = textOf(daemon.daemonType) ?? "daemon";
  const heartbeat = numberOf(daemon.lastHeartbeatTime);
  const [error] = objectsOf(daemon.lastHeartbeatErrors);
  const isDown = Number.isNaN(heartbeat) || now / 1000 - heartbeat > HEARTBEAT_S;
  if (!isDown && (error === undefined || TICKING.has(subject))) return [];
  const state = Number.isNaN(heartbeat) ? "has never run" : isDown ? "does not run" : "runs with errors";
  return [
    {
      project_id: null,
      kind: "daemon",
      subject,
      severity: isDown && DECISIVE.has(subject) ? "critical" : "warning",
      message: isDown || error === undefined ? state : `${state}: ${wordsOf(error)}`,
      since: isDown ? microsOf(daemon.lastHeartbeatTime) : null,
    },
  ];
}

/** Seconds after which Dagster itself takes a daemon for dead (`DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS`). */
const HEARTBEAT_S = 1800;
/** Their errors are those of single schedules and sensors. */
const TICKING: ReadonlySet<string> = new Set(["SCHEDULER", "SENSOR"]);
/** Without these nothing is started any more. */
const DECISIVE: ReadonlySet<string> = new Set(["SCHEDULER", "SENSOR", "QUEUED_RUN_COORDINATOR", "ASSET"]);

function wordsOf(error: WireObject): string {
  const read = WireEventError.safeParse(error);
  const [line = ""] = (read.success ? eventError(read.data, false).root_cause : "").split("\n");
  return line === "" ? "no message" : line;
}
