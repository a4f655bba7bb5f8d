/**
 * A large account: projects of made-up models, a nightly job for each that builds it all, and smaller jobs that
 * build what has a tag. The same options give the same world; artifacts are written when they are asked for.
 */
import { hash, noise } from "./dbt/noise.ts";
import type { DbtNode, DbtProject } from "./dbt/project.ts";
import { type ModelOutline, NodeMaker } from "./dbt/project-nodes.ts";
import { finishedRun, type RunOutline } from "./runs.ts";
import { TOKENS } from "./tokens.ts";
import type { Environment, Job, Project, World } from "./world.ts";

export interface SyntheticOptions {
  projects: number;
  /** In all projects; the nightly jobs, one for each project, are among them. */
  jobs: number;
  /** In all projects. */
  models: number;
  /** Each job runs once a day, from so many days before `now`. */
  days: number;
  /** Epoch milliseconds: no run ends later. */
  now: number;
  seed?: number;
}

/** A world whose dbt projects tests can change: see `changes.ts`. */
export type MadeUpWorld = World & { dbtProjects: Map<number, DbtProject> };

const DAY = 86_400_000;
const TAGS = ["finance", "marketing", "operations", "hourly", "core", "exports"] as const;
const SYSTEMS = ["shop", "billing", "crm", "events"] as const;
const NOUNS = ["orders", "invoices", "parcels", "visits", "tickets", "refunds", "riders", "stock"] as const;
const DBT_VERSION = "1.11.4";

export function syntheticWorld(options: SyntheticOptions): MadeUpWorld {
  const { now, days, seed = 1 } = options;
  const since = now - days * DAY;
  const at = { createdAt: since - 30 * DAY, updatedAt: since };
  const projects = Array.from({ length: options.projects }, (_, index) => projectOf(index, at));
  const environments = projects.flatMap((project) => environmentsOf(project, at));
  const dbtProjects = new Map(
    projects.map((project, index) => [
      project.id,
      dbtProjectOf(index, share(options.models, options.projects, index), seed),
    ]),
  );
  const jobs = jobsOf(options, projects, at);
  const world: MadeUpWorld = {
    account: { id: 61_002, name: "Synthetic" },
    projects,
    environments,
    jobs,
    runs: [],
    tokens: TOKENS.map((token) => ({ ...token })),
    dbtProjects,
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  world.runs = outlines(world, options)
    .map((outline, index) =>
      finishedRun({ ...outline, id: 300_000_001 + index, stepId: 900_000_001 + index * 20 }),
    )
    .filter((run) => (run.finishedAt ?? 0) <= now);
  return world;
}

/** Runs of all jobs, oldest first; ids are given in this order. */
function outlines(world: MadeUpWorld, { now, days, seed = 1 }: SyntheticOptions): RunOutline[] {
  const midnight = Math.floor(now / DAY) * DAY;
  const outlines = world.jobs.flatMap((job) => {
    const project = world.dbtProjects.get(job.projectId);
    if (project === undefined) return [];
    const [minute = 0, hour = 0] = (job.cron ?? "").split(" ").map(Number);
    return Array.from({ length: days + 1 }, (_, day): RunOutline => {
      const createdAt = midnight - (days - day) * DAY + hour * 3_600_000 + minute * 60_000;
      const startedAt = createdAt + 4000 + 9000 * noise(hash(`${seed} ${job.id}`), day);
      const outcomes = troubles(project, hash(`${seed} ${job.id} trouble`), day);
      return { id: 0, stepId: 0, job, project, createdAt, startedAt, outcomes };
    });
  });
  return outlines
    .filter(({ startedAt }) => startedAt < now && startedAt >= now - days * DAY)
    .sort((one, other) => one.createdAt - other.createdAt || one.job.id - other.job.id);
}

/** About one nightly build in ten fails, by a model or by a test; warnings are more common. */
function troubles(
  project: DbtProject,
  seed: number,
  day: number,
): ReadonlyMap<string, "error" | "fail" | "warn"> {
  const outcomes = new Map<string, "error" | "fail" | "warn">();
  const pick = (type: DbtNode["type"], salt: number) => {
    const nodes = project.nodes.filter((node) => node.type === type);
    return nodes[Math.floor(noise(seed + salt, day) * nodes.length)];
  };
  const add = (node: DbtNode | undefined, outcome: "error" | "fail" | "warn") => {
    if (node !== undefined) outcomes.set(node.id, outcome);
  };
  const dice = noise(seed, day);
  if (dice < 0.05) add(pick("model", 1), "error");
  if (dice > 0.95) add(pick("test", 2), "fail");
  if (noise(seed + 3, day) < 0.3) add(pick("test", 4), "warn");
  return outcomes;
}

function projectOf(index: number, at: { createdAt: number; updatedAt: number }): Project {
  return { id: 210_001 + index, name: `Division ${index + 1}`, description: null, state: 1, ...at };
}

function environmentsOf(project: Project, at: { createdAt: number; updatedAt: number }): Environment[] {
  const of = (offset: number, name: string, kind: Pick<Environment, "type" | "deploymentType">) => ({
    id: project.id * 10 + offset,
    projectId: project.id,
    name,
    ...kind,
    dbtVersion: DBT_VERSION,
    state: 1 as const,
    ...at,
  });
  return [
    of(1, "Production", { type: "deployment", deploymentType: "production" }),
    of(2, "Development", { type: "development", deploymentType: null }),
  ];
}

function jobsOf(
  { jobs, projects: count }: SyntheticOptions,
  projects: readonly Project[],
  at: { createdAt: number; updatedAt: number },
): Job[] {
  return Array.from({ length: Math.max(jobs, count) }, (_, index): Job[] => {
    const project = projects[index % count];
    if (project === undefined) return [];
    const round = Math.floor(index / count);
    const tag = TAGS[(round - 1) % TAGS.length] ?? "core";
    const select = round === 0 ? "" : ` --select tag:${tag}`;
    const job: Job = {
      id: 510_001 + index,
      projectId: project.id,
      environmentId: project.id * 10 + 1,
      name: round === 0 ? "Nightly build" : `Build ${tag}${round > TAGS.length ? ` ${round}` : ""}`,
      description: "",
      executeSteps: [`dbt build${select} --target prod`],
      cron: `${(index * 7) % 60} ${(round === 0 ? 1 : 5 + round * 2) % 24} * * *`,
      jobType: "scheduled",
      generateDocs: false,
      runGenerateSources: false,
      state: 1,
      ...at,
    };
    return [job];
  }).flat();
}

function share(total: number, parts: number, index: number): number {
  return Math.floor((total * (index + 1)) / parts) - Math.floor((total * index) / parts);
}

/** Sources, then four layers of models, each on the ones before it, with their tests. */
function dbtProjectOf(index: number, models: number, seed: number): DbtProject {
  const name = `division_${index + 1}`;
  const make = new NodeMaker(name);
  const chance = (salt: string, at: number) => noise(hash(`${seed} ${name} ${salt}`), at);
  const sources = Array.from({ length: Math.max(1, Math.ceil(models / 20)) }, (_, at) =>
    make.source(SYSTEMS[at % 4] ?? "shop", `${NOUNS[at % 8]}_${at + 1}`),
  );
  const made: DbtNode[] = [];
  const nodes: DbtNode[] = [...sources];
  for (let at = 0; at < models; at += 1) {
    const layer = Math.floor((at * 4) / models);
    const model = make.model(modelOutline(at, layer, parentsOf(at, layer), chance));
    made.push(model);
    nodes.push(model, ...make.keyTests(model, chance("severity", at) < 0.2 ? "warn" : "error"));
  }
  const last = made.at(-1);
  if (last !== undefined) nodes.push(make.exposure(`board_${index + 1}`, [last.id]));
  return { name, dbtVersion: DBT_VERSION, nodes };

  function parentsOf(at: number, layer: number): string[] {
    if (layer === 0) return [sources[at % sources.length]?.id ?? ""];
    const below = Math.ceil((layer * models) / 4);
    const picks = [0, 1].map((turn) => made[Math.floor(chance(`parent ${turn}`, at) * below)]?.id ?? "");
    return [...new Set(picks)].filter((id) => id !== "");
  }
}

function modelOutline(
  at: number,
  layer: number,
  parents: readonly string[],
  chance: (salt: string, at: number) => number,
): ModelOutline {
  const prefix = ["stg", "int", "fct", "mart"][layer] ?? "mart";
  const dice = chance("kind", at);
  return {
    name: `${prefix}_${NOUNS[at % 8]}_${at + 1}`,
    schema: ["staging", "intermediate", "core", "marts"][layer] ?? "marts",
    materialized: layer === 0 ? "view" : dice < 0.25 ? "incremental" : "table",
    tags: [TAGS[at % TAGS.length] ?? "core"],
    parents,
    // A few models take minutes, most of them seconds.
    seconds: layer === 0 ? 0.3 + dice : 1 + 90 * dice ** 8,
  };
}
