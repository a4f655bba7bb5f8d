/** The fields of Query over a world. */
import { GraphQLError } from "graphql";
import { signed } from "./signing.ts";
import { written } from "./times.ts";
import type { Command, Run, Schedule, World } from "./world.ts";

/** Runs of one page, the most that may be asked for. */
const MOST_ROWS = 1000;

export interface Serving {
  world: World;
  /** Of the storage, e.g. `http://127.0.0.1:1234`. */
  storageUrl: string;
  /** Epoch milliseconds. */
  now(): number;
}

interface Page {
  offset: number;
  limit: number;
}

/** Names a schedule: exactly one of the two. */
interface Named {
  slug?: string | null;
  scheduleName?: string | null;
}

/** The root of a query. */
export function rootOf({ world, storageUrl, now }: Serving): object {
  const runsOf = (slug: string) =>
    world.runs.filter((run) => run.slug === slug).sort((one, other) => other.id - one.id);
  const commands = () => world.runs.flatMap((run) => run.commands.map((command) => ({ run, command })));
  const commandOf = (id: number) =>
    found(
      commands().find(({ command }) => command.id === id),
      `Command ${id}`,
    );

  return {
    listBoltSchedules({ offset, limit, filter }: Page & { filter?: { suspended?: boolean | null } | null }) {
      const wanted = filter?.suspended ?? null;
      const all = world.schedules.filter((one) => wanted === null || one.isSuspended === wanted);
      const schedules = pageOf(all, { offset, limit }).map((one) => scheduleView(one, runsOf(one.slug)[0]));
      return { schedules, totalCount: all.length };
    },
    listBoltRuns({ offset, limit, ...named }: Page & Named) {
      if (limit > MOST_ROWS) throw new GraphQLError(`limit must be between 1 and ${MOST_ROWS}`);
      const { slug } = scheduleOf(world, named);
      return { ok: true, runs: pageOf(runsOf(slug), { offset, limit }).map(runView) };
    },
    boltScheduleName(named: Named) {
      const schedule = scheduleOf(world, named);
      const [latest] = runsOf(schedule.slug);
      return { ok: true, latestRunId: latest?.id ?? null, ...scheduleView(schedule, latest) };
    },
    boltRunStatus({ runId }: { runId: number }) {
      const run = found(
        world.runs.find(({ id }) => id === runId),
        `Run ${runId}`,
      );
      return { state: run.state, commands: run.commands.map((command) => commandView(run, command)) };
    },
    boltCommand({ commandId }: { commandId: number }) {
      const { run, command } = commandOf(commandId);
      return commandView(run, command);
    },
    boltCommandLogs({ commandId }: { commandId: number }) {
      const { command } = commandOf(commandId);
      const lines = (stream: string, text: string) =>
        text === "" ? [] : text.split("\n").map((line) => ({ stream, line }));
      const printed = [...lines("STDOUT", command.stdout()), ...lines("STDERR", command.stderr)];
      return { lines: printed, cursor: `${printed.length}:0`, finished: command.returnCode !== null };
    },
    boltResourceUrl({ resourceId }: { resourceId: number }) {
      const resource = commands()
        .flatMap(({ command }) => command.resources)
        .find(({ id }) => id === resourceId);
      return { ok: true, url: signed(storageUrl, found(resource, `Resource ${resourceId}`).id, now()) };
    },
    listAllScheduleNames: () => ({
      ok: true,
      schedules: world.schedules.map(({ slug }) => ({ name: slug, workspaceName: "Harbour" })),
    }),
  };
}

function pageOf<T>(all: readonly T[], { offset, limit }: Page): T[] {
  return all.slice(offset, offset + limit);
}

function found<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new GraphQLError(`${name} not found`);
  return thing;
}

function scheduleOf(world: World, { slug, scheduleName }: Named): Schedule {
  if ((slug == null) === (scheduleName == null)) {
    throw new GraphQLError("Exactly one of slug and scheduleName must be given");
  }
  const name = slug ?? scheduleName ?? "";
  return found(
    world.schedules.find((one) => one.slug === name),
    `Schedule ${name}`,
  );
}

function scheduleView(schedule: Schedule, latest: Run | undefined): object {
  const { id, slug, name, cron, commands, branch, isTurboCi, isSuspended } = schedule;
  return {
    id,
    uuid: `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`,
    name,
    slug,
    schedule: cron,
    owner: "data@harbour.example",
    lastRunAt: written(latest?.startedAt ?? null),
    lastRunState: latest?.state ?? null,
    nextRunAt: null,
    source: "UI",
    suspended: isSuspended,
    turboCi: {
      enabled: isTurboCi,
      deferredScheduleName: null,
      deferredScheduleSlug: null,
      successfulRunOnly: false,
    },
    deferredSchedule: null,
    commands,
    gitBranch: branch,
    slackOn: [],
    slackNotify: [],
    emailOn: [],
    emailNotify: [],
  };
}

function runView(run: Run): object {
  return {
    id: run.id,
    state: run.state,
    actor: run.actor,
    actorEmail: null,
    startDttm: written(run.startedAt),
    endDttm: written(run.endedAt),
    parentScheduleRunId: run.parentRunId,
    gitInfo: { branch: run.branch, commitHash: run.commit, pullRequestId: run.pullRequest },
  };
}

function commandView(run: Run, command: Command): object {
  return {
    id: command.id,
    command: command.command,
    startDttm: written(command.startedAt),
    endDttm: written(command.endedAt),
    stdout: () => command.stdout(),
    stderr: command.stderr,
    returnCode: command.returnCode,
    scheduleRunId: run.id,
    resources: command.resources.map(({ id, path }) => ({ id, path })),
  };
}
