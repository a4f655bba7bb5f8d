/** A second project for a world: the rare cases, each once, with ids as long as the platform's newest. */
import type { DbtProject } from "./dbt/project.ts";
import { NodeMaker } from "./dbt/project-nodes.ts";
import { cancelledRun, finishedRun, queuedRun, type RunOutline, runningRun } from "./runs.ts";
import { ONE_PROJECT_TOKEN } from "./tokens.ts";
import type { Environment, Job, Run, World } from "./world.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Ids of 14 to 17 digits. Those of runs are above 2^53, and are numbers that a double holds exactly. */
export const EXTRAS = {
  project: 7_047_182_345_654_410,
  production: 70_471_823_456_551,
  /** A deployment environment that is neither production nor staging. */
  checks: 70_471_823_456_552,
  development: 70_471_823_456_553,
  refresh: 704_718_234_561_001,
  freshness: 704_718_234_561_002,
  checkJob: 704_718_234_561_003,
  deletedJob: 704_718_234_561_004,
  subset: 704_718_234_561_005,
  firstRun: 70_471_823_450_000_000,
} as const;

/** The platform's words for a run beyond its time limit. */
export const TIMED_OUT =
  "This run timed out after running for 1 day, which exceeded the configured timeout of 86400 seconds.";

/** Adds the project; runs that wait or run do so at `now` (epoch milliseconds). */
export function addExtras(world: World, now: number): void {
  const since = { createdAt: now - 90 * DAY, updatedAt: now - 60 * DAY };
  const description = "Tickets, and who answers them.";
  world.projects.push({ id: EXTRAS.project, name: "Customer Care", description, state: 1, ...since });
  world.environments.push(...environmentsOf(since));
  const jobs = jobsOf(since);
  world.jobs.push(...Object.values(jobs));
  const project = careProject();
  world.dbtProjects = new Map([...(world.dbtProjects ?? []), [EXTRAS.project, project]]);
  world.runs.push(...runsOf(jobs, project, now));
  const first = world.projects[0];
  if (first !== undefined)
    world.tokens.push({ value: ONE_PROJECT_TOKEN, admin: true, discovery: true, projectIds: [first.id] });
}

function environmentsOf(since: { createdAt: number; updatedAt: number }): Environment[] {
  const of = (id: number, name: string, kind: Pick<Environment, "type" | "deploymentType">) => ({
    id,
    projectId: EXTRAS.project,
    name,
    ...kind,
    dbtVersion: "1.10.13",
    state: 1 as const,
    ...since,
  });
  return [
    of(EXTRAS.production, "Prod", { type: "deployment", deploymentType: "production" }),
    of(EXTRAS.checks, "Checks", { type: "deployment", deploymentType: null }),
    of(EXTRAS.development, "Development", { type: "development", deploymentType: null }),
  ];
}

function jobsOf(since: { createdAt: number; updatedAt: number }) {
  const base = {
    projectId: EXTRAS.project,
    environmentId: EXTRAS.production,
    description: "",
    cron: null,
    jobType: "other",
    generateDocs: false,
    runGenerateSources: false,
    state: 1,
    ...since,
  } as const;
  const jobs = {
    refresh: {
      ...base,
      id: EXTRAS.refresh,
      name: "Refresh",
      executeSteps: ["dbt seed", "dbt build"],
      cron: "30 3 * * *",
      jobType: "scheduled",
      generateDocs: true,
    },
    freshness: {
      ...base,
      id: EXTRAS.freshness,
      name: "Freshness, then agents",
      executeSteps: ["dbt run --select dim_agents"],
      runGenerateSources: true,
    },
    check: {
      ...base,
      id: EXTRAS.checkJob,
      environmentId: EXTRAS.checks,
      name: "Check of pull requests",
      executeSteps: ["dbt build --select fct_tickets"],
      jobType: "ci",
    },
    deleted: {
      ...base,
      id: EXTRAS.deletedJob,
      name: "Old refresh",
      executeSteps: ["dbt run"],
      state: 2,
    },
    subset: {
      ...base,
      id: EXTRAS.subset,
      name: "Support board",
      executeSteps: ["dbt build --select tag:board"],
    },
  } satisfies Record<string, Job>;
  return jobs;
}

/** Nine models, one of which no job builds by tag, with a tag that has a comma in it. */
function careProject(): DbtProject {
  const make = new NodeMaker("care");
  const sources = [make.source("helpdesk", "tickets"), make.source("helpdesk", "agents")];
  const [tickets, agents] = sources.map((source) => source.id);
  const seeds = [make.seed("priorities"), make.seed("teams")];
  const stagingTickets = make.model({
    name: "stg_tickets",
    materialized: "view",
    parents: [tickets ?? ""],
    tags: ["board"],
    seconds: 0.4,
  });
  const stagingAgents = make.model({ name: "stg_agents", materialized: "view", parents: [agents ?? ""] });
  const open = make.model({
    name: "int_tickets_open",
    materialized: "ephemeral",
    parents: [stagingTickets.id],
  });
  const facts = make.model({
    name: "fct_tickets",
    materialized: "incremental",
    parents: [open.id, stagingTickets.id],
    tags: ["support, eu", "board"],
    seconds: 42,
  });
  const people = make.model({
    name: "dim_agents",
    parents: [stagingAgents.id, seeds[1]?.id ?? ""],
    seconds: 3,
  });
  const board = make.model({ name: "mart_support_board", parents: [facts.id], tags: ["board"], seconds: 5 });
  const load = make.model({ name: "mart_agent_load", parents: [facts.id, people.id], seconds: 12 });
  const times = make.model({
    name: "mart_answer_times",
    parents: [facts.id, seeds[0]?.id ?? ""],
    tags: ["support, eu"],
    seconds: 17,
  });
  const history = make.snapshot("snap_agents", [stagingAgents.id]);
  return {
    name: "care",
    dbtVersion: "1.10.13",
    nodes: [
      ...sources,
      ...seeds,
      stagingTickets,
      ...make.keyTests(stagingTickets),
      stagingAgents,
      ...make.keyTests(stagingAgents, "warn"),
      history,
      open,
      facts,
      ...make.keyTests(facts),
      people,
      ...make.keyTests(people),
      board,
      load,
      times,
      ...make.keyTests(times),
      make.exposure("support_screen", [board.id]),
    ],
  };
}

function runsOf(jobs: ReturnType<typeof jobsOf>, project: DbtProject, now: number): Run[] {
  let count = 0;
  /** The plan of the next run, so long before now; later runs have larger ids. */
  const plan = (job: Job, hoursAgo: number, more: Partial<RunOutline> = {}): RunOutline => {
    const startedAt = Math.floor(now - hoursAgo * HOUR);
    const id = EXTRAS.firstRun + count * 10_000;
    const stepId = 81_200_000_000_001 + count * 20;
    count += 1;
    return { id, stepId, job, project, createdAt: startedAt - 9000, startedAt, ...more };
  };
  const broken = new Map([
    ["model.care.fct_tickets", "error" as const],
    ["model.care.stg_agents", "error" as const],
  ]);
  const stale = new Map([["source.care.helpdesk.tickets", "warn" as const]]);
  const byPullRequest = { cause: "Pull request 128", causeCategory: "ci", branch: "faster-tickets" } as const;
  const byHand = { cause: "Kicked off from UI", causeCategory: "ui" } as const;
  const twice = ["dbt run --select stg_tickets", "dbt build --select tag:board"];
  const stopped = (outline: RunOutline, after: number, message: string) =>
    cancelledRun(outline, outline.startedAt + after, message);
  return [
    finishedRun(plan(jobs.deleted, 30 * 24)),
    // Of a job that is gone for good.
    { ...finishedRun(plan(jobs.deleted, 29 * 24)), jobId: null },
    finishedRun(plan(jobs.refresh, 120)),
    stopped(plan(jobs.refresh, 96), DAY + 36_400, TIMED_OUT),
    stopped(plan(jobs.refresh, 60), 75_000, "Cancelled by user"),
    finishedRun(plan(jobs.refresh, 50)),
    // Other jobs build some of it again; the rest keeps an older success. Its docs are never made.
    finishedRun(plan(jobs.refresh, 26, { outcomes: broken })),
    finishedRun(plan(jobs.freshness, 12, { outcomes: stale })),
    finishedRun(plan(jobs.check, 8, { outcomes: broken, ...byPullRequest })),
    finishedRun(plan(jobs.subset, 6, { commands: twice, ...byHand })),
    runningRun(plan(jobs.subset, 0.1, { causeCategory: "api", cause: "Triggered by API" })),
    queuedRun(plan(jobs.refresh, 0)),
  ];
}
