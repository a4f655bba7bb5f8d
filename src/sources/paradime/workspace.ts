/** What a workspace has: schedules, and the dbt projects and environments that they are of. */
import { createHash } from "node:crypto";
import type { EnvironmentType } from "../../core/vocabulary.ts";
import type { EnvironmentRow, HierarchyUnit, JobRow, ProjectRow, SourceRef } from "../../store/units.ts";
import { commandOf } from "../dbt/commands.ts";
import type { Need } from "../source.ts";
import type { Place } from "../visit/place.ts";
import type { WireSchedule } from "./wire.ts";

/** The dbt project that a schedule builds, as its manifests say. */
export interface Home {
  project: string;
  adapter: string | null;
}

/** A schedule with where it belongs. */
export interface Schedule {
  job: JobRow;
  project: ProjectRow;
  environment: EnvironmentRow;
  /** The branch that it builds, null where it does not say. */
  branch: string | null;
}

/** A project in one of its environments. */
export type Site = Pick<Place, "project" | "environment">;

/** The project of schedules of which nothing tells one: they run no dbt, or have not run yet. */
const NO_PROJECT = "unknown";

/** Where dbt's targets are not named, Bolt runs production: that is what it is for. */
const PRODUCTION: EnvironmentRow = { environment_id: "production", name: "production", type: "production" };
/** Turbo CI builds what pull requests change, in schemas of their own. */
const TURBO_CI: EnvironmentRow = { environment_id: "turbo-ci", name: "Turbo CI", type: "other" };

const TARGETS: readonly [RegExp, EnvironmentType][] = [
  // Said first: "not production" is none.
  [/^(non|not|no)[-_ ]?(prod|live)/, "other"],
  [/^(prod|prd|production|live)\d*$|^default$/, "production"],
  [/^(stag|uat|preprod|pre-prod|pre_prod)/, "staging"],
  [/^(dev|local|sandbox)/, "development"],
];

/** The environment of a schedule: the target that its commands name. All names of production are one. */
export function environmentOf({ commands, isTurboCi }: WireSchedule): EnvironmentRow {
  if (isTurboCi) return TURBO_CI;
  const targets = commands.flatMap((line) => commandOf({ invocation_command: line }, []).target ?? []);
  const [target] = targets;
  if (target === undefined) return PRODUCTION;
  const lower = target.toLowerCase();
  const type =
    [lower, ...lower.split(/[^a-z0-9]+/)]
      .map((part) => TARGETS.find(([pattern]) => pattern.test(part))?.[1])
      .find((found) => found !== undefined) ?? "other";
  return type === "production" ? PRODUCTION : { environment_id: target, name: target, type };
}

/**
 * A schedule as a job. Of a workspace whose manifests name one project alone, schedules that have written none are of
 * that one too.
 */
export function scheduleOf(schedule: WireSchedule, home: Home | null): Schedule {
  const { slug, name, cron, commands, branch, isSuspended } = schedule;
  return {
    job: { job_id: slug, name, schedule: isSuspended ? null : cron, commands, url: null },
    project: {
      project_id: home?.project ?? NO_PROJECT,
      name: home?.project ?? "no dbt project",
      dbt_project_name: home?.project ?? null,
      adapter_type: home?.adapter ?? null,
      url: null,
      created_at: null,
      updated_at: null,
    },
    environment: environmentOf(schedule),
    branch,
  };
}

export class Workspace {
  readonly schedules: readonly Schedule[];
  readonly #bySlug: ReadonlyMap<string, Schedule>;

  constructor(schedules: readonly Schedule[]) {
    this.schedules = schedules;
    this.#bySlug = new Map(schedules.map((schedule) => [schedule.job.job_id, schedule]));
  }

  /** Changes when anything about it does. */
  get fingerprint(): string {
    return createHash("sha256").update(JSON.stringify(this.schedules)).digest("hex").slice(0, 32);
  }

  /** `seenAt` is in epoch microseconds. */
  unit(source: SourceRef, seenAt: number): HierarchyUnit {
    const projects = new Map(this.schedules.map(({ project }) => [project.project_id, project]));
    return {
      kind: "hierarchy",
      source,
      seen_at: seenAt,
      projects: [...projects.values()].map((project) => {
        const own = this.schedules.filter((one) => one.project.project_id === project.project_id);
        const environments = new Map(own.map(({ environment }) => [environment.environment_id, environment]));
        return {
          project,
          environments: [...environments.values()],
          jobs: own.map(({ environment, job }) => ({ environment_id: environment.environment_id, job })),
        };
      }),
    };
  }

  /** The rows that a run of a schedule hangs on; null for a schedule that is not there, or not wanted. */
  placeOf(slug: string | null): Place | null {
    const schedule = this.#bySlug.get(slug ?? "");
    return schedule === undefined
      ? null
      : { project: schedule.project, environment: schedule.environment, job: schedule.job };
  }

  /** The branch that a schedule builds, null where it does not say. */
  branchOf(slug: string | null): string | null {
    return this.#bySlug.get(slug ?? "")?.branch ?? null;
  }

  /** Whether runs of a schedule should leave results: its commands build or test, or hide what they do. */
  leavesResults(slug: string): boolean {
    const lines = this.#bySlug.get(slug)?.job.commands ?? [];
    const commands = lines.map((line) => commandOf({ invocation_command: line }, []));
    return (
      commands.some(({ builds, tests }) => builds || tests) ||
      commands.every(({ word }) => word === "unknown")
    );
  }

  /** The sites that a question is about: of the schedules that it names, else by environment. */
  sites(need: Pick<Need, "project_ids" | "environment">, slugs: readonly string[] | null): Site[] {
    const among = this.schedules.filter(
      ({ project, job }) =>
        isAsked(project, need.project_ids) && (slugs === null || slugs.includes(job.job_id)),
    );
    const sites = new Map(
      among.map(({ project, environment }) => [
        JSON.stringify([project.project_id, environment.environment_id]),
        { project, environment },
      ]),
    );
    const wanted = slugs === null ? need.environment?.toLowerCase() : undefined;
    return [...sites.values()].filter(
      ({ environment: { environment_id, name, type } }) =>
        wanted === undefined || [environment_id.toLowerCase(), name.toLowerCase(), type].includes(wanted),
    );
  }

  /** The schedules of a site. */
  slugsOf({ project, environment }: Site): string[] {
    return this.schedules
      .filter(
        (one) =>
          one.project.project_id === project.project_id &&
          one.environment.environment_id === environment.environment_id,
      )
      .map(({ job }) => job.job_id);
  }

  /** Schedules by what people call them: slug or name. */
  named(names: readonly string[]): string[] {
    const wanted = names.map((name) => name.toLowerCase());
    return this.schedules
      .filter(
        ({ job }) => wanted.includes(job.job_id.toLowerCase()) || wanted.includes(job.name.toLowerCase()),
      )
      .map(({ job }) => job.job_id);
  }
}

/** A project may be asked for by name, or as `source/id`; names that nobody has are the core's to refuse. */
function isAsked({ project_id, name }: ProjectRow, ids: readonly string[] | undefined): boolean {
  if (ids === undefined || ids.length === 0) return true;
  return ids.some((id) => id === project_id || id === name || id.endsWith(`/${project_id}`));
}
