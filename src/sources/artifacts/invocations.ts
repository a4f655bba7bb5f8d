/** The parts of a unit that results of builds and of freshness checks have in common. */
import { createHash } from "node:crypto";
import type { InvocationUnit } from "../../store/units.ts";
import { readSources } from "../dbt/freshness.ts";
import type { InvocationFacts, ResultsFile } from "../dbt/invocation-facts.ts";
import { largestPackage } from "../dbt/packages.ts";
import { readRunResults } from "../dbt/run-results.ts";
import { runStatus } from "../dbt/statuses.ts";
import { microsOf, orNull } from "../dbt/times.ts";
import { labelOf, objectOf, textOf } from "../wire/loose.ts";
import { DEFAULT_ENVIRONMENT, environmentNamed, saidEnvironment } from "./environments.ts";
import { historyArgs } from "./history.ts";
import { jobOf } from "./jobs.ts";
import { projectRow } from "./projects.ts";
import type { Read, Reading } from "./reading.ts";

/** What an artifact says of its invocation; `project` where the artifact itself names the dbt project. */
export interface UnitFacts extends Omit<InvocationFacts, "rows" | "dropped"> {
  project: { project: string; adapter: string | null } | null;
}

/** `run_results.json` as a unit. Throws `JsonError` or the error of the file system. */
export function readResultsUnit(file: ResultsFile, reading: Reading): Read<InvocationUnit> {
  const past = reading.history.get(textOf(file.metadata.invocation_id) ?? "");
  const facts = readRunResults(
    file,
    reading.words,
    past === undefined ? undefined : { args: historyArgs(past), elapsed: past.elapsed },
  );
  const unit = invocationUnit(file, reading, { ...facts, project: null });
  unit.executions = facts.executions;
  return { unit, rows: facts.rows, dropped: facts.dropped };
}

/** `sources.json` as a unit. Throws `JsonError` or the error of the file system. */
export function readFreshnessUnit(file: ResultsFile, reading: Reading): Read<InvocationUnit> {
  const facts = readSources(file, reading.words);
  const unit = invocationUnit(file, reading, { ...facts, project: null });
  unit.freshness = facts.freshness;
  return { unit, rows: facts.rows, dropped: facts.dropped };
}

/** A unit without results yet. */
export function invocationUnit(
  file: ResultsFile,
  { mapping, projects, environments }: Reading,
  facts: UnitFacts,
): InvocationUnit {
  const { kind, metadata, command, generatedAt } = facts;
  const env = objectOf(metadata.env);
  const ownId = textOf(metadata.invocation_id);
  const said = facts.project ?? projects.manifestOf(ownId, file.path, generatedAt, facts.packages);
  const invocationId = ownId ?? standInId(facts);
  const elapsed = facts.elapsed >= 0 ? facts.elapsed : Number.NaN;
  const startedAt = microsOf(metadata.invocation_started_at);
  const status = runStatus(facts.hasFailed);
  const project = projectRow(
    said?.project ?? largestPackage(facts.packages),
    said?.adapter ?? null,
    env,
    mapping,
  );
  const environment =
    saidEnvironment(env, command.target, mapping.environment) ??
    (kind === "freshness"
      ? environments.of(project.project_id, file.path, generatedAt)
      : environmentNamed(DEFAULT_ENVIRONMENT));
  return {
    kind: "invocation",
    source: { id: mapping.sourceId, system: "artifacts" },
    project,
    environment,
    job: jobOf(command, env, mapping.jobs),
    run: {
      run_id: labelOf(env.DBT_CLOUD_RUN_ID) ?? invocationId,
      derived: true,
      status,
      raw_status: null,
      queued_at: null,
      started_at: null,
      ended_at: null,
      trigger: labelOf(env.DBT_CLOUD_RUN_REASON_CATEGORY),
      commit_sha: labelOf(env.DBT_CLOUD_GIT_SHA),
      branch: labelOf(env.DBT_CLOUD_GIT_BRANCH),
      url: null,
      error_message: null,
      results_read: true,
      kind: "full",
    },
    invocation: {
      invocation_id: invocationId,
      kind,
      command: command.word,
      command_line: command.line,
      builds: command.builds,
      tests: command.tests,
      full_refresh: command.fullRefresh,
      complete: true,
      stand_in: false,
      status,
      started_at: orNull(Number.isNaN(startedAt) ? generatedAt - elapsed * 1e6 : startedAt),
      ended_at: generatedAt,
      elapsed_s: orNull(elapsed),
      dbt_version: textOf(metadata.dbt_version),
      location: file.path,
    },
    executions: null,
    freshness: null,
  };
}

/** Names an invocation that has no id by what it is, so that a copy of its file is the same invocation. */
function standInId({ kind, command, generatedAt, packages, elapsed }: UnitFacts): string {
  const facts = JSON.stringify([kind, command.line, generatedAt, elapsed, [...packages]]);
  return createHash("sha256").update(facts).digest("hex").slice(0, 32);
}
