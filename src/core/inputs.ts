/**
 * The inputs that operations share. One name has one meaning and one type everywhere.
 *
 * They are flat (string, number, boolean, enum, array of strings) because agents' clients mishandle unions,
 * null and nesting. What all operations share is explained once in the server's instructions and in the
 * docs, not in each schema: all definitions together have a token budget.
 */
import * as z from "zod";
import { DIRECTIONS, EVENT_LEVELS } from "./vocabulary.ts";

const strings = () => z.array(z.string().min(1)).min(1);
const count = (max: number) => z.int().min(1).max(max);

/** Which models are meant. On jobs, runs and projects: those that contain such a model. */
export const modelFilter = {
  tags: strings().optional(),
  materialization: z.string().min(1).optional(),
  min_runtime: z.number().min(0).optional(),
  max_runtime: z.number().min(0).optional(),
  model_ids: strings().optional(),
  project_ids: strings().optional(),
  include_or_exclude: z.enum(["include", "exclude"]).default("include"),
};

/** Which stretch of time is meant; see `core/window.ts` for the forms. */
export const window = {
  since: z.string().min(1).optional(),
  until: z.string().min(1).optional(),
  timezone: z.string().min(1).optional(),
};

/** The environment asked about, and whether to fetch first. */
export const common = {
  environment: z.string().min(1).optional(),
  refresh: z.boolean().default(false),
};

/** Which part of a list is wanted; `most` items at most. */
export function page(limit: number, most = 1000) {
  return {
    fields: strings().optional(),
    limit: count(most).default(limit),
    cursor: z.string().min(1).optional(),
  };
}

export const id = () => z.string().min(1);
export const lastNRuns = (runs: number) => count(1000).default(runs);
export const slowestN = () => count(1000).default(5);
export const longestN = () => count(1000).default(5);
export const by = () => z.enum(["day", "run"]).default("day");
export const direction = () => z.enum(DIRECTIONS).default("both");
export const depth = () => count(1000).optional();
export const level = () => z.enum(EVENT_LEVELS).optional();
/** A log may be long, and somebody may want all of it. */
export const eventPage = () => page(100, 10_000);

/** What each shared input means, for `--help`, the docs and the server's instructions. */
export const INPUT_HELP: Record<string, string> = {
  tags: "Only models with any of these tags.",
  materialization: "Only models of this materialization (view, table, incremental ...).",
  min_runtime: "Only models whose average run time is at least this many seconds.",
  max_runtime: "Only models whose average run time is at most this many seconds.",
  model_ids: "Only these models (project.model, or unique_id).",
  project_ids: "Only these projects (id or name).",
  include_or_exclude: "Whether project_ids are the projects to include or to leave out.",
  since: "Start of the time asked about: ISO 8601, 7d, 12h, today, yesterday, last night.",
  until: "End of the time asked about, in the same forms.",
  timezone: "IANA time zone of since and until; UTC by default.",
  environment: "production (default), staging, or an environment's id or name.",
  refresh: "Fetch before answering, whatever the age of what is known.",
  fields: "Only these columns of each item.",
  limit: "At most so many items.",
  cursor: "next_cursor of the page before.",
  last_n_runs: "How many of the last runs; averages take successful ones.",
  slowest_n: "How many of the slowest models.",
  longest_n: "How many of the longest jobs.",
  project_id: "Project, where several could be meant.",
  job_id: "Job by its id or name.",
  run_id: "Run by its id; latest is the newest run.",
  model_id: "Model as project.model, unique_id, or name where only one has it.",
  status: "Only those with one of these statuses.",
  failing_tests: "Only models on which a test fails.",
  failed_only: "Only tests that failed or could not run; status goes before it.",
  include: "Parts that are left out unless asked for.",
  event_type: "Only events of these types.",
  step_key: "Only events of steps whose key contains this text.",
  level: "Only events of this level and above.",
  exact_level: "Only events of exactly that level.",
  by_model: "Also the run times of each model.",
  sql: "One SELECT in DuckDB's dialect.",
  params: "One text for each ? of the SQL, in their order.",
  direction: "Which way to walk: upstream, downstream or both.",
  depth: "So many steps at most; without limit unless given.",
  by: "One point for each day (of timezone) or for each run.",
};
