/**
 * What the Admin API sends, read loosely: a field that is missing or of another type is null, a new word is kept,
 * and one row that cannot be read does not cost the others.
 */
import * as z from "zod";
import { microsOf } from "../dbt/times.ts";

/** Ids come as numbers, or as text where they are longer than a number holds exactly (`exact-json.ts`). */
const id = z.union([z.number().int().transform(String), z.string().regex(/^\d+$/)]);
const maybeId = id
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
const maybeText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
const maybeNumber = z
  .number()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
/** Epoch microseconds; runs have a space between date and time, all else a `T`. */
const maybeTime = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => {
    const micros = microsOf(value);
    return Number.isNaN(micros) ? null : micros;
  });

export const CloudEnvironment = z.object({
  id,
  project_id: maybeId,
  name: maybeText,
  /** `deployment` or `development`. */
  type: maybeText,
  /** `production`, `staging` or null; missing in answers that leave it out. */
  deployment_type: z.string().nullish().catch(null),
  state: maybeNumber,
});
export type CloudEnvironment = z.infer<typeof CloudEnvironment>;

export const CloudProject = z.object({
  id,
  name: maybeText,
  state: maybeNumber,
  created_at: maybeTime,
  updated_at: maybeTime,
  /** Null where the answer does not include them. */
  environments: z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((rows) => (rows ? rows.flatMap((row) => parsed(CloudEnvironment, row)) : null)),
});
export type CloudProject = z.infer<typeof CloudProject>;

const RunMark = z
  .object({ id, status: maybeNumber })
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

export const CloudJob = z
  .object({
    id,
    project_id: maybeId,
    environment_id: maybeId,
    name: maybeText,
    state: maybeNumber,
    execute_steps: z
      .array(z.string())
      .nullish()
      .catch(null)
      .transform((steps) => steps ?? []),
    run_generate_sources: z.boolean().nullish().catch(null),
    triggers: z
      .object({ schedule: z.boolean().nullish().catch(null) })
      .nullish()
      .catch(null),
    schedule: z.object({ cron: maybeText }).nullish().catch(null),
    most_recent_run: RunMark,
    most_recent_completed_run: RunMark,
  })
  .transform(({ schedule, ...job }) => ({ ...job, cron: schedule?.cron ?? null }));
export type CloudJob = z.infer<typeof CloudJob>;

export const CloudStep = z.object({
  index: maybeNumber,
  name: maybeText,
  status: maybeNumber,
  logs: maybeText,
  debug_logs: maybeText,
  truncated_debug_logs: maybeText,
  started_at: maybeTime,
  finished_at: maybeTime,
  run_step_command: z.object({ dbt_command: maybeText }).nullish().catch(null),
});
export type CloudStep = z.infer<typeof CloudStep>;

export const CloudRun = z
  .object({
    id,
    job_definition_id: maybeId,
    job_id: maybeId,
    project_id: maybeId,
    environment_id: maybeId,
    status: maybeNumber,
    status_humanized: maybeText,
    status_message: maybeText,
    git_branch: maybeText,
    git_sha: maybeText,
    dbt_version: maybeText,
    created_at: maybeTime,
    started_at: maybeTime,
    finished_at: maybeTime,
    retrying_run_id: maybeId,
    href: maybeText,
    trigger: z
      .object({ cause_category: maybeText })
      .nullish()
      .catch(null)
      .transform((value) => value ?? null),
    run_steps: z
      .array(z.unknown())
      .nullish()
      .catch(null)
      .transform((rows) => (rows ?? []).flatMap((row) => parsed(CloudStep, row))),
  })
  .transform(({ job_definition_id, job_id, ...run }) => ({ ...run, job_id: job_definition_id ?? job_id }));
export type CloudRun = z.infer<typeof CloudRun>;

/** The row as a list of one, or of none where it cannot be read. */
export function parsed<S extends z.ZodType>(schema: S, row: unknown): z.output<S>[] {
  const result = schema.safeParse(row);
  return result.success ? [result.data] : [];
}

/** The envelope of every answer but artifacts. */
export const Envelope = z.object({
  data: z.unknown().optional(),
  status: z
    .object({ code: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
  extra: z
    .object({
      pagination: z
        .object({ total_count: z.number().nullish().catch(null) })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
});
export type Envelope = z.infer<typeof Envelope>;
