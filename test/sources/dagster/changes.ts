/** What may change in a deployment while somebody reads it. */
import { runIdOf } from "../../emulators/dagster/ids.ts";
import type { Run } from "../../emulators/dagster/world.ts";
import type { Bench } from "./bench.ts";

let made = 0;

/** One more run of a job, like its newest one, that ended a minute ago. */
export function addRun(
  { world, clock }: Pick<Bench, "world" | "clock">,
  job: string,
  given: Partial<Run> = {},
): Run {
  const like = world.runs.find(({ jobName }) => jobName === job);
  if (like === undefined) throw new Error(`no run of ${job}`);
  made += 1;
  const { createdAt, startedAt, endedAt } = like;
  if (startedAt === null || endedAt === null) throw new Error(`the run of ${job} has not ended`);
  const later = clock.now() / 1000 - 60 - endedAt;
  const shifted = <T extends { at: number }>(one: T): T => ({ ...one, at: one.at + later });
  const run: Run = {
    ...like,
    id: runIdOf(`added ${made}`),
    createdAt: createdAt + later,
    startedAt: startedAt + later,
    endedAt: endedAt + later,
    updatedAt: endedAt + later,
    steps: like.steps.map((step) => ({
      ...step,
      attempts: step.attempts.map((attempt) => ({
        ...attempt,
        startedAt: attempt.startedAt + later,
        endedAt: attempt.endedAt === null ? null : attempt.endedAt + later,
      })),
      materializations: step.materializations.map(shifted),
      checks: step.checks.map(shifted),
      lines: step.lines.map(shifted),
    })),
    ...given,
  };
  world.runs.push(run);
  world.touch();
  return run;
}
