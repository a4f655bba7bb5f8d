/** From what a caller calls a thing to the thing: ids first, then names; nearest names where there is none. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import type { Row } from "../store/port.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { isCurrent } from "./filters.ts";
import { nearest } from "./nearest.ts";
import type { Scope } from "./scope.ts";
import type { RunKind } from "./vocabulary.ts";

/** What to pass as `project_id` for this candidate: with its source, where two sources have such a project. */
function projectOf(
  candidate: { project_id: string; source_id: string },
  all: readonly { project_id: string; source_id: string }[],
): string {
  const shared = all.some(
    (other) => other.project_id === candidate.project_id && other.source_id !== candidate.source_id,
  );
  return shared ? `${candidate.source_id}/${candidate.project_id}` : candidate.project_id;
}

export type FoundModel = Row & {
  node_key: number;
  environment_key: number;
  unique_id: string;
  model_id: string;
  name: string;
  project_id: string;
  source_id: string;
  path: string | null;
  owner: string | null;
  location: string | null;
};

/**
 * The one model that `reference` means: a unique_id, project.model, or a name or alias that only one model
 * has. `NOT_FOUND` with the nearest names, `INVALID_INPUT` with the candidates where several could be meant.
 */
export async function findModel(facts: Facts, scope: Scope, reference: string): Promise<FoundModel> {
  const models = await facts.rows<FoundModel & { exact: boolean; current: boolean }>(sql`
    SELECT n.node_key, n.environment_key, n.unique_id, n.model_id, n.name, p.project_id, s.source_id, n.path, n.owner, d.location,
           (n.unique_id = ${reference} OR n.model_id = ${reference}) AS exact, ${isCurrent} AS current
    FROM nodes n JOIN environments e USING (environment_key) JOIN projects p ON p.project_key = n.project_key
    JOIN sources s ON s.source_key = n.source_key LEFT JOIN definitions d ON d.definition_key = n.definition_key
    WHERE ${all([sql`n.resource_type = 'model'`, amongKeys("n.environment_key", scope.environmentKeys)])}
      AND (n.unique_id = ${reference} OR n.model_id = ${reference} OR n.name = ${reference} OR n.alias = ${reference}
        OR n.model_id = n.package_name || '.' || ${reference})
    ORDER BY exact DESC, current DESC, n.model_id, p.project_id, s.source_id, n.node_key`);
  const exact = models.filter((model) => model.exact);
  const current = models.filter((model) => model.current);
  const meant = exact.length > 0 ? exact : current.length > 0 ? current : models;
  const [only] = meant;
  if (only === undefined) throw await unknownModel(facts, scope, reference);
  if (meant.length > 1) {
    const candidates = meant
      .slice(0, 10)
      .map((model) => `${model.model_id} (project_id ${projectOf(model, meant)})`);
    throw new RunlensError(
      "INVALID_INPUT",
      `"${reference}" could be ${meant.length} models.`,
      `Pass model_id as one of: ${candidates.join(", ")}; or give project_id.`,
    );
  }
  return only;
}

async function unknownModel(facts: Facts, scope: Scope, reference: string): Promise<RunlensError> {
  const known = await facts.rows<{ model_id: string; name: string }>(sql`
    SELECT n.model_id, n.name FROM nodes n JOIN environments e USING (environment_key)
    WHERE ${all([sql`n.resource_type = 'model'`, amongKeys("n.environment_key", scope.environmentKeys), isCurrent])}`);
  const byName = new Map(known.map((model) => [model.name, model.model_id]));
  const ids = known.map((model) => model.model_id);
  const near = [
    ...new Set([
      ...nearest(reference, [...byName.keys()]).flatMap((name) => byName.get(name) ?? []),
      ...nearest(reference, ids),
    ]),
  ];
  return new RunlensError(
    "NOT_FOUND",
    `No model "${reference}".`,
    `${near.length > 0 ? `Nearest: ${near.slice(0, 3).join(", ")}. ` : ""}Call list_models to see all.`,
  );
}

/** Refuses ids of `model_ids` that no model has, so that a misspelt filter is not an empty answer. */
export async function requireModels(
  facts: Facts,
  scope: Scope,
  ids: readonly string[] | undefined,
): Promise<void> {
  if (ids === undefined) return;
  const found = await facts.rows<{ id: string }>(sql`
    SELECT DISTINCT unnest([n.model_id, n.unique_id]) AS id FROM nodes n
    WHERE ${all([sql`n.resource_type = 'model'`, amongKeys("n.environment_key", scope.environmentKeys)])}`);
  const known = new Set(found.map((row) => row.id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw await unknownModel(facts, scope, unknown);
}

export type FoundJob = Row & {
  job_key: number;
  job_id: string;
  name: string;
  project_id: string;
  source_id: string;
  environment_key: number | null;
};

/**
 * The one job with this id or, in any case, this name; one that its system no longer has only where there is no
 * other, and with a note. Errors as for models.
 */
export async function findJob(facts: Facts, scope: Scope, reference: string): Promise<FoundJob> {
  const jobs = await facts.rows<FoundJob & { removed: boolean }>(sql`
    SELECT j.job_key, j.job_id, j.name, j.environment_key, j.removed, p.project_id, s.source_id FROM jobs j JOIN projects p ON p.project_key = j.project_key
    JOIN sources s ON s.source_key = j.source_key
    WHERE ${amongKeys("j.project_key", scope.projectKeys)} ORDER BY j.name, p.project_id, s.source_id, j.job_key`);
  const byId = jobs.filter((job) => job.job_id === reference);
  const called =
    byId.length > 0 ? byId : jobs.filter((job) => job.name.toLowerCase() === reference.toLowerCase());
  const existing = called.filter((job) => !job.removed);
  const possible = existing.length > 0 ? existing : called;
  // The same job may run in several environments: the one asked about comes first.
  const here = possible.filter(
    (job) => job.environment_key === null || scope.environmentKeys.includes(job.environment_key),
  );
  const meant = here.length > 0 ? here : possible;
  const [only] = meant;
  if (only === undefined) {
    const known = jobs.filter((job) => !job.removed);
    const near = nearest(
      reference,
      known.flatMap((job) => [job.job_id, job.name]),
    );
    const names =
      near.length > 0
        ? `Nearest: ${near.join(", ")}.`
        : `Jobs: ${
            known
              .slice(0, 10)
              .map((job) => job.job_id)
              .join(", ") || "none"
          }.`;
    throw new RunlensError("NOT_FOUND", `No job "${reference}".`, `${names} Call list_jobs to see all.`);
  }
  if (meant.length > 1) {
    const candidates = meant.slice(0, 10).map((job) => `${job.job_id} (project_id ${projectOf(job, meant)})`);
    throw new RunlensError(
      "INVALID_INPUT",
      `"${reference}" could be ${meant.length} jobs.`,
      `Give project_id, or one of: ${candidates.join(", ")}.`,
    );
  }
  if (only.removed) facts.note(`Job "${only.name}" no longer exists upstream; this is what is known of it.`);
  return only;
}

export type FoundRun = Row & {
  run_key: number;
  run_id: string;
  job_key: number | null;
  project_id: string;
  source_id: string;
  project_key: number;
  environment_key: number | null;
  kind: RunKind;
  started_at: string | null;
  runtime_s: number | null;
};

/** Fewer characters of an id than this could mean anything. */
const SHORTEST_PREFIX = 6;

/**
 * The one run with this id, or whose id alone begins so (six characters or more); `latest` is the newest run
 * of the environment, or of `jobKey`. Errors as for models.
 */
export async function findRun(
  facts: Facts,
  scope: Scope,
  reference: string,
  jobKey: number | null,
): Promise<FoundRun> {
  const columns = sql`SELECT r.run_key, r.run_id, r.job_key, r.project_key, r.environment_key, r.kind, p.project_id, s.source_id, r.started_at, r.runtime_s
    FROM runs r JOIN projects p ON p.project_key = r.project_key JOIN sources s ON s.source_key = r.source_key`;
  const scoped = all([
    amongKeys("r.project_key", scope.projectKeys),
    jobKey === null ? null : sql`r.job_key = ${jobKey}`,
  ]);
  if (reference === "latest") {
    const [newest] = await facts.rows<FoundRun>(sql`${columns} WHERE ${scoped}
      AND (r.environment_key IS NULL OR ${amongKeys("r.environment_key", scope.environmentKeys)})
      ORDER BY coalesce(r.started_at, r.queued_at, r.ended_at) DESC NULLS LAST, r.run_key DESC LIMIT 1`);
    if (newest === undefined)
      throw new RunlensError("NOT_FOUND", "There is no run yet.", "Call list_jobs to see what could run.");
    return newest;
  }
  // The beginning of a number is another number: only other ids may be cut short.
  const prefix =
    reference.length >= SHORTEST_PREFIX
      ? sql`(starts_with(r.run_id, ${reference}) AND NOT regexp_full_match(r.run_id, '[0-9]+'))`
      : sql`FALSE`;
  const runs =
    await facts.rows<FoundRun>(sql`${columns} WHERE ${scoped} AND (r.run_id = ${reference} OR ${prefix})
    ORDER BY r.run_id = ${reference} DESC, r.started_at DESC LIMIT 11`);
  const exact = runs.filter((run) => run.run_id === reference);
  const meant = exact.length > 0 ? exact : runs;
  const [only] = meant;
  if (only === undefined) throw await unknownRun(facts, scope, reference);
  if (meant.length > 1) {
    const candidates = meant.map((run) => `${run.run_id} (project_id ${projectOf(run, meant)})`);
    throw new RunlensError(
      "INVALID_INPUT",
      `"${reference}" could be ${meant.length} runs.`,
      `Give project_id, or one of: ${candidates.join(", ")}.`,
    );
  }
  return only;
}

async function unknownRun(facts: Facts, scope: Scope, reference: string): Promise<RunlensError> {
  const recent = await facts.rows<{ run_id: string }>(sql`
    SELECT r.run_id FROM runs r WHERE ${amongKeys("r.project_key", scope.projectKeys)} ORDER BY r.started_at DESC LIMIT 200`);
  const ids = recent.map((run) => run.run_id);
  const near = nearest(reference, ["latest", ...ids]);
  const names =
    near.length > 0 ? `Nearest: ${near.join(", ")}.` : `Newest: ${ids.slice(0, 3).join(", ") || "none"}.`;
  return new RunlensError(
    "NOT_FOUND",
    `No run "${reference}".`,
    `${names} Call list_runs to see all, or pass latest.`,
  );
}

/** Says so in the notes where no model at all has the tag or materialization asked for: a misspelt one finds nothing. */
export async function noteUnknown(
  facts: Facts,
  scope: Scope,
  filter: { tags?: readonly string[]; materialization?: string },
): Promise<void> {
  if (filter.tags === undefined && filter.materialization === undefined) return;
  const known = await facts.rows<{ kind: string; word: string }>(sql`
    SELECT DISTINCT 'tag' AS kind, unnest(n.tags) AS word FROM nodes n
    WHERE n.resource_type = 'model' AND ${amongKeys("n.environment_key", scope.environmentKeys)}
    UNION
    SELECT 'materialization', lower(n.materialization) FROM nodes n
    WHERE n.resource_type = 'model' AND n.materialization IS NOT NULL
      AND ${amongKeys("n.environment_key", scope.environmentKeys)}`);
  const asked = [
    ...(filter.tags ?? []).map((word) => ({ kind: "tag", word })),
    ...(filter.materialization === undefined
      ? []
      : [{ kind: "materialization", word: filter.materialization.toLowerCase() }]),
  ];
  for (const { kind, word } of asked) {
    const words = known.filter((row) => row.kind === kind).map((row) => row.word);
    if (words.includes(word)) continue;
    const near = nearest(word, words);
    const names =
      near.length > 0
        ? `Nearest: ${near.join(", ")}.`
        : `Known: ${words.sort().slice(0, 10).join(", ") || "none"}.`;
    facts.note(`No model has the ${kind} "${word}". ${names}`);
  }
}
