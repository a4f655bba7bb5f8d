/** The log of a run: its steps and the lines that they wrote. */
import { linesOf } from "../dbt/log-lines.ts";
import type { LoggedCommand, RunLog } from "../source.ts";
import type { AdminApi } from "./admin.ts";
import { statusOf } from "./run-rows.ts";
import type { CloudStep } from "./wire.ts";

/** Lines of one step; a debug log may have a hundred times as many. */
const MOST_LINES = 20_000;

/** Reads the steps of a run. Without `debug` each has its console log, else the debug log as far as it is kept. */
export async function readLog(
  admin: Pick<AdminApi, "run">,
  runId: string,
  debug: boolean,
  signal: AbortSignal,
): Promise<RunLog> {
  const run = await admin.run(runId, { steps: true, debugLogs: debug }, signal);
  const steps = [...run.run_steps].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const notes: string[] = [];
  const commands = steps.map((step): LoggedCommand => {
    const { text, isCut } = textOf(step, debug);
    const lines = text.split("\n");
    if (isCut) notes.push(`The debug log of step ${step.index} has only its last lines.`);
    if (lines.length > MOST_LINES) {
      notes.push(`The log of step ${step.index} has ${lines.length} lines; the last ${MOST_LINES} are here.`);
    }
    const started_at = isoOf(step.started_at);
    return {
      name: step.name ?? `step ${step.index}`,
      status: statusOf(step.status),
      started_at,
      ended_at: isoOf(step.finished_at),
      lines: linesOf(lines.slice(-MOST_LINES), step.started_at, "INFO"),
    };
  });
  if (run.run_steps.length === 0) notes.push(`Run ${runId} has no steps yet.`);
  return { commands, notes };
}

function textOf(step: CloudStep, debug: boolean): { text: string; isCut: boolean } {
  if (!debug) return { text: step.logs ?? "", isCut: false };
  if (step.debug_logs !== null) return { text: step.debug_logs, isCut: false };
  if (step.truncated_debug_logs !== null) return { text: step.truncated_debug_logs, isCut: true };
  return { text: step.logs ?? "", isCut: false };
}

function isoOf(micros: number | null): string | null {
  return micros === null ? null : new Date(micros / 1000).toISOString();
}
