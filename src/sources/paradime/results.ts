/** The results of runs: the artifacts of every command, whatever its exit code, read off the main thread. */
import type { RunlensError } from "../../errors.ts";
import type { InvocationUnit, RunUnit } from "../../store/units.ts";
import { type ReadFile, readResults } from "../dbt/read-results.ts";
import { runStatus } from "../dbt/statuses.ts";
import { microsOf, orNull } from "../dbt/times.ts";
import { type KnownRun, readRun } from "../visit/known-runs.ts";
import type { Place } from "../visit/place.ts";
import { unlistedRun } from "../visit/unlisted-run.ts";
import { textOf } from "../wire/loose.ts";
import type { Artifact, CommandArtifacts } from "./artifacts.ts";
import { locationOf } from "./code.ts";
import { isFinished } from "./run-rows.ts";
import type { BoltVisit } from "./visit.ts";

/** Runs whose artifacts are read in one go, and put into the store together. */
const AT_ONCE = 16;
const LONGEST_COMMAND = 200;

/** What cannot be had of a run any more; the note completes the name of the source. */
export interface Lost {
  run_id: string;
  /** Epoch microseconds. */
  ended_at: number;
  note: string;
}

/** What is missing of runs that were read. */
export interface Missing {
  /** Runs that could not be read, with why; they are read again when they are asked for again. */
  failed: ReadonlyMap<string, RunlensError>;
  lost: readonly Lost[];
  /** Why others were not read at all, for people. */
  cut?: string | null;
}

/** Reads the results of those runs that have ended and have not been read; what can be read is. */
export async function readUnread(visit: BoltVisit, runs: readonly KnownRun[]): Promise<Missing> {
  const unread = runs.filter((run) => !run.results_read && isFinished(run));
  const failed = new Map<string, RunlensError>();
  const lost: Lost[] = [];
  for (let from = 0; from < unread.length; from += AT_ONCE) {
    const some = await readSome(visit, unread.slice(from, from + AT_ONCE));
    for (const [id, error] of some.failed) failed.set(id, error);
    lost.push(...some.lost);
    const done = Math.min(unread.length, from + AT_ONCE);
    visit.context.progress({ done, total: unread.length, message: "Reading the results of runs" });
  }
  return { failed, lost };
}

async function readSome(visit: BoltVisit, runs: readonly KnownRun[]): Promise<Missing> {
  const { artifacts, context } = visit;
  const commands = await artifacts.of(
    runs.map((run) => run.run_id),
    context.signal,
  );
  const wanted = [...commands.values()]
    .flat()
    .flatMap((command) => command.artifacts)
    .filter(({ name }) => name !== "manifest.json");
  return artifacts.withFiles(
    wanted,
    async (files) => {
      const failed = new Map<string, RunlensError>();
      const lost: Lost[] = [];
      const lose = (run_id: string, what: string) => {
        const ended_at = runs.find((run) => run.run_id === run_id)?.ended_at ?? 0;
        lost.push({ run_id, ended_at, note: what });
      };
      const there: { artifact: Artifact; file: string }[] = [];
      for (const [index, artifact] of wanted.entries()) {
        const file = files[index];
        if (typeof file === "string") there.push({ artifact, file });
        else if (file?.code === "NOT_FOUND") {
          lose(artifact.run_id, `${artifact.name} of run ${artifact.run_id} is not there any more`);
        } else if (file !== undefined) failed.set(artifact.run_id, file);
      }
      const paths = there.map(({ file }) => file);
      const read =
        paths.length === 0
          ? { words: [], files: [] }
          : await readResults(paths, context.now() * 1000, context.signal);
      const units = runs.flatMap((run): (InvocationUnit | RunUnit)[] => {
        const own = there.flatMap(({ artifact }, index) => {
          const file = read.files[index];
          return artifact.run_id === run.run_id && file !== undefined ? [{ artifact, file }] : [];
        });
        return unitsOf(visit, run, commands.get(run.run_id) ?? [], own, {
          isWhole: !failed.has(run.run_id),
          lose: (what) => lose(run.run_id, what),
        });
      });
      await visit.slices.publishBatch({ words: read.words, units });
      return { failed, lost };
    },
    context.signal,
  );
}

interface FoundFile {
  artifact: Artifact;
  file: ReadFile;
}

/** What a run's files say, and that they have been read, unless some are still to be fetched. */
function unitsOf(
  visit: BoltVisit,
  run: KnownRun,
  commands: readonly CommandArtifacts[],
  files: readonly FoundFile[],
  { isWhole, lose }: { isWhole: boolean; lose: (what: string) => void },
): (InvocationUnit | RunUnit)[] {
  const { platform } = visit;
  const place = placeOf(visit, run);
  const seen = new Set<string>();
  const units = files.flatMap(({ artifact, file }): InvocationUnit[] => {
    if ("problem" in file) {
      lose(`${artifact.name} of run ${run.run_id} ${file.problem}`);
      return [];
    }
    if (file.facts.dropped > 0) {
      lose(`${file.facts.dropped} results of run ${run.run_id} could not be read`);
    }
    const command = commands.find(({ command_id }) => command_id === artifact.command_id);
    const unit = invocationUnit(visit, place, artifact, command, file);
    // The target folder lives on: later commands leave the files of earlier ones once more.
    const { invocation_id, kind } = unit.invocation;
    const identity = `${kind} ${invocation_id}`;
    if (seen.has(identity)) return [];
    seen.add(identity);
    return [unit];
  });
  if (!isWhole) return units;
  return [...units, readRun(platform.ref, place, { ...run, error_message: errorOf(run, commands) })];
}

/** The rows that a run hangs on; a schedule that is gone is known by its id alone. */
function placeOf(visit: BoltVisit, { job_id, project_id, environment_id }: KnownRun): Place {
  const id = job_id ?? "unknown";
  return (
    visit.workspace.placeOf(job_id) ?? {
      project: {
        project_id,
        name: project_id,
        dbt_project_name: null,
        adapter_type: null,
        url: null,
        created_at: null,
        updated_at: null,
      },
      environment: { environment_id, name: environment_id, type: "other" },
      job: { job_id: id, name: id, schedule: null, commands: [], url: null, removed: true },
    }
  );
}

/** Why a run failed, as far as its commands tell: results have the errors of their nodes. */
function errorOf({ status, error_message }: KnownRun, commands: readonly CommandArtifacts[]): string | null {
  const failed = commands.find(({ return_code }) => return_code !== null && return_code !== 0);
  if (status !== "failure" || failed === undefined) return error_message;
  const { command, return_code } = failed;
  const line = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command;
  return `\`${line}\` ended with exit code ${return_code}`;
}

function invocationUnit(
  visit: BoltVisit,
  place: Place,
  artifact: Artifact,
  wire: CommandArtifacts | undefined,
  { facts, executions, freshness }: Extract<ReadFile, { facts: unknown }>,
): InvocationUnit {
  const { command, metadata, generatedAt, elapsed } = facts;
  const startedAt = microsOf(metadata.invocation_started_at);
  return {
    kind: "invocation",
    source: visit.platform.ref,
    ...place,
    run: unlistedRun(artifact.run_id),
    invocation: {
      invocation_id: textOf(metadata.invocation_id) ?? `paradime run ${artifact.run_id} ${generatedAt}`,
      kind: facts.kind,
      command: command.word,
      command_line: command.line,
      builds: command.builds,
      tests: command.tests,
      full_refresh: command.fullRefresh,
      complete: true,
      stand_in: false,
      status: runStatus(facts.hasFailed || (wire?.return_code ?? 0) !== 0),
      started_at: orNull(Number.isNaN(startedAt) ? generatedAt - elapsed * 1e6 : startedAt),
      ended_at: generatedAt,
      elapsed_s: orNull(elapsed),
      dbt_version: textOf(metadata.dbt_version),
      location: locationOf(artifact),
    },
    executions,
    freshness,
  };
}
