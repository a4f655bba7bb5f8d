/** The steps of a run: the housekeeping of the platform, then one for each dbt command. */
import { dbtDebugLog, dbtLog, type LogInput } from "./dbt/log.ts";
import { parseResults } from "./dbt/results.ts";
import type { RunStatus, Step } from "./world.ts";

export interface StepOutline {
  id: number;
  index: number;
  name: string;
  command: string | null;
  status: RunStatus;
  startedAt: number | null;
  finishedAt: number | null;
}

/** What a command left behind. */
export interface Remains {
  /** Texts by path, read or made when they are asked for. */
  artifacts: ReadonlyMap<string, () => string | null>;
  materialized: LogInput["materialized"];
}

/** What the user sees as the name of a dbt command's step. */
export function invocationName(command: string): string {
  return `Invoke dbt with \`${command}\``;
}

/** A step of the platform itself, which leaves nothing but a line in its log. */
export function plainStep(outline: StepOutline, logs: string): Step {
  return { ...outline, logs, debugLogs: logs, paths: [], artifact: () => null };
}

/** The step of a dbt command; its logs are made from its results. */
export function commandStep(outline: StepOutline, remains: Remains): Step {
  return new CommandStep(outline, remains);
}

class CommandStep implements Step {
  id: number;
  index: number;
  name: string;
  command: string | null;
  status: RunStatus;
  startedAt: number | null;
  finishedAt: number | null;
  readonly #remains: Remains;

  constructor(outline: StepOutline, remains: Remains) {
    this.id = outline.id;
    this.index = outline.index;
    this.name = outline.name;
    this.command = outline.command;
    this.status = outline.status;
    this.startedAt = outline.startedAt;
    this.finishedAt = outline.finishedAt;
    this.#remains = remains;
  }

  get paths(): readonly string[] {
    return [...this.#remains.artifacts.keys()];
  }

  get logs(): string {
    return this.#log(dbtLog);
  }

  get debugLogs(): string {
    return this.#log(dbtDebugLog);
  }

  artifact(path: string): string | null {
    return this.#remains.artifacts.get(path)?.() ?? null;
  }

  #log(write: (input: LogInput) => string): string {
    const text = this.artifact("run_results.json") ?? this.artifact("sources.json");
    if (text === null) return "";
    const { materialized } = this.#remains;
    return write({ command: this.command ?? "", results: parseResults(text), materialized });
  }
}

/**
 * The three steps before the first dbt command. They take no time here, so that the run lasts exactly as long as
 * what its artifacts say.
 */
export function housekeeping(
  firstId: number,
  at: number,
  { branch, sha, target }: { branch: string; sha: string | null; target: string },
): Step[] {
  const step = (index: number, name: string, logs: string) =>
    plainStep(
      {
        id: firstId + index - 1,
        index,
        name,
        command: null,
        status: 10,
        startedAt: at,
        finishedAt: at,
      },
      logs,
    );
  return [
    step(
      1,
      "Clone git repository",
      `Cloning into 'target'...\nSuccessfully cloned repository.\nChecked out ${branch} at ${sha ?? "HEAD"}.`,
    ),
    step(2, "Create profile from connection Warehouse", `Wrote profiles.yml with target '${target}'.`),
    step(3, invocationName("dbt deps"), "Warning: No packages were found in packages.yml"),
  ];
}
