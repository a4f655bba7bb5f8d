/** The log of a run: its commands and what they printed. */
import type { RunStatus } from "../../core/vocabulary.ts";
import { linesOf } from "../dbt/log-lines.ts";
import type { LoggedCommand, RunLog } from "../source.ts";
import type { BoltApi } from "./api.ts";
import type { PrintedCommand } from "./wire.ts";

/** Lines of one command that are shown: the last. */
const MOST_LINES = 20_000;

/** Reads what the commands of a run have printed so far. Rejects with `NOT_FOUND` where there is no such run. */
export async function readLog(
  api: Pick<BoltApi, "printed">,
  runId: string,
  debug: boolean,
  signal: AbortSignal,
): Promise<RunLog> {
  const commands = await api.printed(runId, signal);
  const notes: string[] = [];
  const logged = commands.map((command): LoggedCommand => {
    const { started_at, ended_at, stdout, stderr } = command;
    const count = linesIn(stdout).length + linesIn(stderr).length;
    if (count > MOST_LINES) {
      notes.push(`\`${command.command}\` printed ${count} lines; the last ${MOST_LINES} are here.`);
    }
    // Git and pip write to stderr whatever they say; only a command that failed has an error there.
    const quiet = command.return_code === null || command.return_code === 0 ? "INFO" : "ERROR";
    const errors = linesOf(linesIn(stderr).slice(-MOST_LINES), started_at, quiet);
    const room = MOST_LINES - errors.length;
    const lines = room === 0 ? [] : linesOf(linesIn(stdout).slice(-room), started_at, "INFO");
    return {
      name: command.command,
      status: statusOf(command),
      started_at: isoOf(started_at),
      ended_at: isoOf(ended_at),
      lines: [...lines, ...errors].filter(({ level }) => debug || level !== "DEBUG"),
    };
  });
  if (commands.length === 0) notes.push(`Run ${runId} has no commands yet.`);
  if (debug && !logged.some(({ lines }) => lines.some(({ level }) => level === "DEBUG"))) {
    notes.push(
      "Paradime keeps what the commands print; debug lines are there only where dbt ran with --debug.",
    );
  }
  return { commands: logged, notes };
}

function linesIn(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function statusOf({ return_code, started_at, ended_at }: PrintedCommand): RunStatus {
  if (return_code !== null) return return_code === 0 ? "success" : "failure";
  if (ended_at !== null) return "unknown";
  return started_at === null ? "queued" : "running";
}

function isoOf(micros: number | null): string | null {
  return micros === null ? null : new Date(micros / 1000).toISOString();
}
