/** The audit log: one line of JSON for each call, and for each request that was refused at the door. */
import { createWriteStream, fchmodSync, openSync } from "node:fs";
import { RunlensError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Asked, Refused } from "./answering.ts";
import { masked, maskedText } from "./masking.ts";

export interface Audit {
  asked(asked: Asked): void;
  refused(refused: Refused): void;
  /** Resolves when all lines are written. */
  close(): Promise<void>;
}

/** Where lines go; each ends with a line break. */
export interface AuditSink {
  write(line: string): void;
  close(): Promise<void>;
}

/** `clock` is the machine's: when somebody asked does not depend on the date of the data. */
export function createAudit(sink: AuditSink, clock: { now(): number }): Audit {
  const tell = (line: Record<string, unknown>) =>
    sink.write(`${JSON.stringify({ audit: 1, time: new Date(clock.now()).toISOString(), ...line })}\n`);
  return {
    asked({ caller, door, operation, input, outcome, took_ms, requestId }) {
      const { name: who, role } = caller;
      const told = { who, role, door, operation, arguments: masked(input ?? {}) };
      tell({ ...told, outcome, took_ms, request_id: requestId });
    },
    refused({ who, from, method, path, outcome, requestId }) {
      // Nobody has said yet which operation is meant, and the query is not looked at: a key may stand in it.
      tell({ who, from, method, path: maskedText(path), outcome, request_id: requestId });
    },
    close: () => sink.close(),
  };
}

/** Among the lines of the log, which `audit` tells them from. */
export const stderrSink: AuditSink = {
  write: (line) => void process.stderr.write(line),
  close: async () => undefined,
};

/**
 * At the end of a file that its owner alone can read. Throws `CONFIG` where it cannot be written; what fails later is
 * said once in the log, and questions go on being answered.
 */
export function fileSink(path: string, log: Log): AuditSink {
  const stream = createWriteStream(path, { fd: open(path) });
  let failed = false;
  stream.on("error", (error) => {
    if (!failed) log.error(`http: the audit log ${path} cannot be written: ${error.message}`);
    failed = true;
  });
  return {
    write: (line) => void (failed || stream.write(line)),
    close: () =>
      new Promise((resolve) => {
        if (failed) resolve();
        else stream.once("close", resolve).end();
      }),
  };
}

function open(path: string): number {
  try {
    const file = openSync(path, "a", 0o600);
    fchmodSync(file, 0o600);
    return file;
  } catch (cause) {
    throw new RunlensError(
      "CONFIG",
      `The audit log ${path} cannot be written.`,
      "Correct server.audit or RUNLENS_AUDIT, or make its folder writable.",
      { cause },
    );
  }
}
