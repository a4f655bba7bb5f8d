/** One run of the command line: what its commands share. */
import type { App } from "../../app.ts";
import type { Flags } from "../../config.ts";
import type { Operation } from "../../operation.ts";
import type { AskOptions } from "../ask.ts";
import type { Console } from "./console.ts";

export interface Session {
  readonly operations: readonly Operation[];
  /** The application as the flags configure it; made by the first command that needs it. */
  app(): App;
  /** Flags that apply to every command, as far as they have been read. */
  flags(): Flags;
  /** For work that a person waits for: cancelled by Ctrl-C, with a bar on a terminal. */
  waiting(): AskOptions & { signal: AbortSignal };
  ask(operation: Operation, input: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Writes to stdout. */
  print(text: string): Promise<void>;
  /** Writes to stderr. */
  say(text: string): void;
  /** The exit code of a command that has succeeded in what it does. */
  exitWith(code: number): void;
}

export interface SessionOptions {
  operations: readonly Operation[];
  openApp: (flags: Flags) => App;
  flags: () => Flags;
  console: Console;
  signal: AbortSignal;
}

/** Makes a session and what ends it. */
export function createSession(options: SessionOptions): {
  session: Session;
  exit: () => number;
  close: () => Promise<void>;
} {
  let app: App | null = null;
  let code = 0;
  const { console: io } = options;
  const session: Session = {
    operations: options.operations,
    flags: options.flags,
    app() {
      app ??= options.openApp(options.flags());
      return app;
    },
    waiting: () =>
      io.progress === null ? { signal: options.signal } : { signal: options.signal, progress: io.progress },
    async ask(operation, input) {
      try {
        return await session.app().ask(operation, input, session.waiting());
      } finally {
        io.endProgress();
      }
    },
    print(text) {
      io.endProgress();
      return io.out(text);
    },
    say(text) {
      io.endProgress();
      io.err(text);
    },
    exitWith(exit) {
      code = exit;
    },
  };
  return {
    session,
    exit: () => code,
    close: async () => {
      await app?.close();
    },
  };
}
