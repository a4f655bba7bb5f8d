/** What the API answers, read loosely: a field that is missing or of another type is null. */
import { microsOf, orNull } from "../dbt/times.ts";
import { isObject, labelOf, numberOf, objectOf, textOf, textsOf, type WireObject } from "../wire/loose.ts";

/** A Bolt schedule. */
export interface WireSchedule {
  slug: string;
  name: string;
  /** A cron expression, or `OFF`. */
  cron: string | null;
  commands: string[];
  branch: string | null;
  isTurboCi: boolean;
  isSuspended: boolean;
  /** Which run was the last and how it stands, as text that changes when either does. */
  last: string;
}

/** A run of a schedule; times are epoch microseconds. */
export interface WireRun {
  run_id: string;
  state: string;
  actor: string | null;
  started_at: number | null;
  ended_at: number | null;
  parent_run_id: string | null;
  /** True where the end of another schedule's run set it off; found out from where its parent is. */
  is_chained: boolean;
  branch: string | null;
  commit: string | null;
  pull_request: string | null;
}

/** One command of a run; times are epoch microseconds. `return_code` is null while it runs. */
export interface WireCommand {
  command_id: string;
  command: string;
  started_at: number | null;
  ended_at: number | null;
  return_code: number | null;
}

/** What a command printed. */
export interface PrintedCommand extends WireCommand {
  stdout: string;
  stderr: string;
}

/** A file that a command left. */
export interface WireResource {
  resource_id: string;
  path: string;
}

/** Objects of a list; what is none is left out. */
export function objectsOf(value: unknown): WireObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Null for a schedule that cannot be named. Older servers have no slug: the name was the id then. */
export function wireSchedule(found: WireObject): WireSchedule | null {
  const slug = textOf(found.slug) ?? textOf(found.name);
  if (slug === null) return null;
  const cron = textOf(found.schedule);
  return {
    slug,
    name: textOf(found.name) ?? slug,
    cron: cron === null || /^off$/i.test(cron) ? null : cron,
    commands: textsOf(found.commands),
    branch: textOf(found.gitBranch),
    isTurboCi: objectOf(found.turboCi).enabled === true,
    isSuspended: found.suspended === true,
    last: JSON.stringify([found.lastRunAt ?? null, found.lastRunState ?? null]),
  };
}

/** Null for a run without an id. */
export function wireRun(found: WireObject): WireRun | null {
  const run_id = labelOf(found.id);
  if (run_id === null) return null;
  const git = objectOf(found.gitInfo);
  return {
    run_id,
    state: textOf(found.state) ?? "",
    actor: textOf(found.actor),
    started_at: timeOf(found.startDttm),
    ended_at: timeOf(found.endDttm),
    parent_run_id: labelOf(found.parentScheduleRunId),
    is_chained: false,
    branch: textOf(git.branch),
    commit: textOf(git.commitHash),
    pull_request: labelOf(git.pullRequestId),
  };
}

/** Null for a command without an id. */
export function wireCommand(found: WireObject): WireCommand | null {
  const command_id = labelOf(found.id);
  if (command_id === null) return null;
  return {
    command_id,
    command: textOf(found.command) ?? "",
    started_at: timeOf(found.startDttm),
    ended_at: timeOf(found.endDttm),
    return_code: orNull(numberOf(found.returnCode)),
  };
}

/** The same with what it printed. */
export function printedCommand(found: WireObject): PrintedCommand | null {
  const command = wireCommand(found);
  return command && { ...command, stdout: textOf(found.stdout) ?? "", stderr: textOf(found.stderr) ?? "" };
}

export function wireResource(found: WireObject): WireResource | null {
  const resource_id = labelOf(found.id);
  const path = textOf(found.path);
  return resource_id === null || path === null ? null : { resource_id, path };
}

/** `2023-10-15 16:44:16.986049`: without a zone it is UTC. */
function timeOf(value: unknown): number | null {
  return orNull(microsOf(value));
}
