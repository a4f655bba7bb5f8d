/** Which projects and environments a question is about. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import type { Facts } from "./facts.ts";
import { nearest } from "./nearest.ts";
import type { System } from "./vocabulary.ts";

/** `projectIds` are ids or names, taken or left out; `environment` a type (production, staging), id or name. */
export interface ScopeOptions {
  projectIds?: readonly string[];
  includeOrExclude?: "include" | "exclude";
  environment?: string;
}

/** A choice of projects that every answer keeps to; of one source where `sourceId` says so. */
export interface StandingFilter extends Pick<ScopeOptions, "projectIds" | "includeOrExclude"> {
  sourceId?: string;
}

/** A project in the environment that the question is about. `environment_key` is null for a project without any. */
export interface ProjectScope {
  project_key: number;
  project_id: string;
  project_name: string;
  source_id: string;
  environment_key: number | null;
  environment_id: string | null;
  environment: string | null;
}

export interface Scope {
  projects: ProjectScope[];
  projectKeys: number[];
  environmentKeys: number[];
  /** Those of all projects that the account may speak of, whichever the question names. */
  systems: System[];
}

/** The environment of artifacts that do not say any. */
const UNNAMED_ENVIRONMENT = "default";

type Candidate = {
  project_key: number;
  project_id: string;
  project_name: string;
  source_id: string;
  system: System;
  environment_key: number | null;
  environment_id: string | null;
  environment: string | null;
  environment_type: string | null;
  last_active: string | null;
};

/**
 * Chooses projects, and in each the environment: the one asked for, else production, else the only one, else
 * the one that ran last (with a note). `standing` are the filters that every answer of this account keeps to.
 * Throws `NOT_FOUND` for a project or environment that nobody has, with the nearest names.
 */
export async function chooseScope(
  facts: Facts,
  options: ScopeOptions,
  standing: readonly StandingFilter[],
): Promise<Scope> {
  const candidates = await facts.rows<Candidate>(sql`
    SELECT p.project_key, p.project_id, p.name AS project_name, s.source_id, s.system,
           e.environment_key, e.environment_id, e.name AS environment, e.type AS environment_type,
           greatest((SELECT max(i.ended_at) FROM invocations i WHERE i.environment_key = e.environment_key),
                    (SELECT max(coalesce(r.ended_at, r.started_at)) FROM runs r WHERE r.environment_key = e.environment_key))
             AS last_active
    FROM projects p JOIN sources s USING (source_key)
    LEFT JOIN environments e ON e.project_key = p.project_key AND NOT e.removed
    WHERE NOT p.removed
    ORDER BY p.project_id, p.project_key, e.environment_id`);
  const allowed = keptBy(standing, candidates);
  const wanted = pickProjects(allowed, options, true);
  const projects = groupByProject(wanted).flatMap((group) =>
    chooseEnvironment(facts, group, options.environment),
  );
  if (options.environment !== undefined) {
    if (projects.length === 0 && wanted.length > 0) throw unknownEnvironment(options.environment, wanted);
    const kept = new Set(projects.map((project) => project.project_key));
    const left = wanted.filter((candidate) => !kept.has(candidate.project_key));
    const names = [...new Set(left.map((candidate) => candidate.project_id))];
    if (names.length > 0)
      facts.note(`Left out, without an environment ${options.environment}: ${names.join(", ")}.`);
  }
  return {
    projects,
    projectKeys: projects.map((project) => project.project_key),
    environmentKeys: projects.flatMap((project) => project.environment_key ?? []),
    systems: [...new Set(allowed.map((candidate) => candidate.system))],
  };
}

/** What a choice of projects looks at. */
type Named = Pick<Candidate, "project_id" | "project_name" | "source_id">;

/** The candidates that every answer of this account keeps to. */
function keptBy<T extends Named>(standing: readonly StandingFilter[], candidates: T[]): T[] {
  return standing.reduce((left, filter) => {
    const isConcerned = (candidate: T) =>
      filter.sourceId === undefined || filter.sourceId === candidate.source_id;
    const kept = pickProjects(left.filter(isConcerned), filter, false);
    return left.filter((candidate) => !isConcerned(candidate) || kept.includes(candidate));
  }, candidates);
}

/** Keys of the projects that answers keep to, those that are no more included; null where any may be shown. */
export async function standingProjects(
  facts: Facts,
  standing: readonly StandingFilter[],
): Promise<number[] | null> {
  if (standing.length === 0) return null;
  const candidates = await facts.rows<Named & { project_key: number }>(sql`
    SELECT p.project_key, p.project_id, p.name AS project_name, s.source_id
    FROM projects p JOIN sources s USING (source_key) ORDER BY p.project_key`);
  return keptBy(standing, candidates).map((candidate) => candidate.project_key);
}

function pickProjects<T extends Named>(candidates: T[], options: ScopeOptions, strict: boolean): T[] {
  const ids = options.projectIds;
  if (ids === undefined || ids.length === 0) return candidates;
  const isMeant = (candidate: T, id: string) =>
    candidate.project_id === id ||
    candidate.project_name === id ||
    `${candidate.source_id}/${candidate.project_id}` === id;
  const unknown = ids.find((id) => !candidates.some((candidate) => isMeant(candidate, id)));
  if (strict && unknown !== undefined) {
    throw unknownProject(unknown, [...new Set(candidates.map((candidate) => candidate.project_id))]);
  }
  const exclude = options.includeOrExclude === "exclude";
  return candidates.filter((candidate) => ids.some((id) => isMeant(candidate, id)) !== exclude);
}

/** The `NOT_FOUND` for a project id that no source has. */
export function unknownProject(id: string, known: readonly string[]): RunlensError {
  const near = nearest(id, known);
  const names =
    near.length > 0 ? `Nearest: ${near.join(", ")}.` : `Known: ${known.slice(0, 10).join(", ") || "none"}.`;
  return new RunlensError("NOT_FOUND", `No project "${id}".`, `${names} Call list_projects to see all.`);
}

function unknownEnvironment(name: string, candidates: readonly Candidate[]): RunlensError {
  const known = [...new Set(candidates.flatMap((candidate) => candidate.environment ?? []))];
  return new RunlensError(
    "NOT_FOUND",
    `No environment "${name}".`,
    `Environments: ${known.join(", ") || "none"}. Leave it out for production.`,
  );
}

function groupByProject(candidates: readonly Candidate[]): Candidate[][] {
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.project_key);
    if (group === undefined) groups.set(candidate.project_key, [candidate]);
    else group.push(candidate);
  }
  return [...groups.values()];
}

function chooseEnvironment(
  facts: Facts,
  group: readonly Candidate[],
  wanted: string | undefined,
): ProjectScope[] {
  const known = group.filter((candidate) => candidate.environment_key !== null);
  if (wanted !== undefined) {
    const called = known.filter((candidate) => isCalled(candidate, wanted));
    return called.length > 0 ? newest(called) : ofType(facts, known, wanted.toLowerCase());
  }
  const production = ofType(facts, known, "production");
  if (production.length > 0) return production;
  const [choice] = newest(known.length > 0 ? known : group);
  if (choice === undefined) return [];
  if (known.length > 1) {
    const others = known.filter((candidate) => candidate !== choice).map(({ environment }) => environment);
    facts.note(
      `${choice.project_id} has no production environment; this is about ${choice.environment}. ` +
        `Others: ${others.join(", ")} (argument environment).`,
    );
  }
  return [choice];
}

function isCalled(candidate: Candidate, name: string): boolean {
  return candidate.environment_id === name || candidate.environment?.toLowerCase() === name.toLowerCase();
}

/** The one of this type; what does not say its environment counts only where nothing else does. */
function ofType(facts: Facts, candidates: readonly Candidate[], type: string): Candidate[] {
  const fitting = candidates.filter((candidate) => candidate.environment_type === type);
  const named = fitting.filter((candidate) => candidate.environment_id !== UNNAMED_ENVIRONMENT);
  const chosen = newest(named.length > 0 ? named : fitting);
  if (named.length > 1) {
    const names = named.map(({ environment }) => environment).join(", ");
    facts.note(
      `${chosen[0]?.project_id} has several ${type} environments (${names}); this is about ` +
        `${chosen[0]?.environment}, which ran last (argument environment).`,
    );
  }
  return chosen;
}

/** The one that ran last. */
function newest(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((a, b) => (b.last_active ?? "").localeCompare(a.last_active ?? "")).slice(0, 1);
}
