/**
 * A workspace whose runs are real: each folder of a tree of dbt artifacts is one run of a schedule, with the times, the
 * outcome and the artifacts that dbt wrote.
 */
import { ArtifactTexts, type InvocationFolder, readFolders } from "../dbt-cloud/artifact-folders.ts";
import { dbtLog } from "../dbt-cloud/dbt/log.ts";
import { parseResults } from "../dbt-cloud/dbt/results.ts";
import { type Command, CREDENTIALS, type Resource, type Run, type Schedule, type World } from "./world.ts";

/** The schedules of the demo, by the endings of the folders' names: an ad-hoc run belongs to the one that it repeats. */
const SCHEDULES: readonly {
  slug: string;
  endings: readonly string[];
  name: string;
  command: string;
  cron: string;
}[] = [
  {
    slug: "nightly_build",
    endings: ["nightly", "full-refresh", "retry"],
    name: "Nightly build",
    command: "dbt build --target prod",
    cron: "0 2 * * *",
  },
  {
    slug: "intraday_dock_display",
    endings: ["intraday"],
    name: "Intraday dock display",
    command: "dbt build --select tag:intraday --target prod",
    cron: "40 6,11,16 * * 1-5",
  },
  {
    slug: "source_freshness",
    endings: ["freshness"],
    name: "Source freshness",
    command: "dbt source freshness --target prod",
    cron: "5 6 * * *",
  },
  {
    slug: "docs",
    endings: ["docs"],
    name: "dbt docs generate --target prod",
    command: "dbt docs generate --target prod",
    cron: "OFF",
  },
];

const FIRST_RUN = 71_001;

/** The world of a folder such as `demo/artifacts`; refuses a folder without artifacts, and one of an unknown schedule. */
export function artifactsWorld(folder: string): World {
  const texts = new ArtifactTexts();
  const folders = readFolders(folder, texts);
  if (folders.length === 0) throw new Error(`no artifacts in ${folder}`);
  const world: World = {
    schedules: SCHEDULES.map(({ slug, name, command, cron }, index): Schedule => {
      const commands = command.startsWith("dbt source") ? [command] : ["dbt deps", command];
      return {
        id: 301 + index,
        slug,
        name,
        cron,
        commands,
        branch: "main",
        isTurboCi: false,
        isSuspended: false,
      };
    }),
    runs: [],
    credentials: CREDENTIALS,
  };
  for (const [index, one] of folders.entries())
    world.runs.push(runOf(one, FIRST_RUN + index, world.runs, texts));
  return world;
}

function runOf(folder: InvocationFolder, id: number, earlier: readonly Run[], texts: ArtifactTexts): Run {
  const schedule = SCHEDULES.find(({ endings }) => endings.includes(folder.job));
  if (schedule === undefined) throw new Error(`no schedule for the folder of \`${folder.job}\``);
  const { slug, endings, cron } = schedule;
  const isRetry = folder.job === "retry";
  const isScheduled = folder.job === endings[0] && cron !== "OFF";
  const failed = earlier.findLast((run) => run.slug === slug && run.state === "FAILED");
  return {
    id,
    slug,
    state: folder.failed ? "FAILED" : "SUCCESS",
    actor: isScheduled ? "Scheduler" : "Harbour Data",
    startedAt: folder.startedAt,
    endedAt: folder.finishedAt,
    parentRunId: isRetry ? (failed?.id ?? null) : null,
    branch: "main",
    commit: folder.manifest?.digest ?? null,
    pullRequest: null,
    commands: commandsOf(folder, id, folder.command ?? schedule.command, texts),
  };
}

/** What Bolt does first takes no time here, so that a run takes as long as its dbt command did. */
function commandsOf(folder: InvocationFolder, runId: number, line: string, texts: ArtifactTexts): Command[] {
  const { startedAt, finishedAt, failed } = folder;
  const firstId = runId * 10;
  const quick = (place: number, command: string, stderr: string): Command => ({
    id: firstId + place,
    command,
    startedAt,
    endedAt: startedAt,
    returnCode: 0,
    stdout: () => "",
    stderr,
    resources: [],
  });
  const main = folder.files.get("run_results.json") ?? folder.files.get("sources.json") ?? "";
  const log = () =>
    dbtLog({ command: line, results: parseResults(texts.read(main)), materialized: () => undefined });
  const resources = [...folder.files].map(
    ([name, file], index): Resource => ({
      id: firstId * 10 + index,
      path: `target/${name}`,
      read: () => texts.read(file),
    }),
  );
  return [
    quick(1, "git clone https://git.example/harbour.git .", "Cloning into '.'..."),
    quick(2, "dbt deps", ""),
    {
      id: firstId + 3,
      command: line,
      startedAt,
      endedAt: finishedAt,
      returnCode: failed ? 1 : 0,
      stdout: log,
      stderr: "",
      resources,
    },
  ];
}

/** The slug of a schedule by the ending of the folders of its usual runs. */
export function slugOf(ending: string): string {
  const found = SCHEDULES.find(({ endings }) => endings[0] === ending);
  if (found === undefined) throw new Error(`no schedule of ${ending}`);
  return found.slug;
}
