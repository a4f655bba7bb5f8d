/** The log: one line per event on stderr, because stdout belongs to the protocol and to answers. */

/** Mildest first; the words of `DBT_DISCOVERY_LOG_LEVEL`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  /** What is less severe than this is left out from now on. */
  setLevel(level: LogLevel): void;
}

/** Writes to `write`, by default stderr. Line breaks inside a message are indented, so that an event stays one. */
export function createLog(
  level: LogLevel = "WARNING",
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  let least = LOG_LEVELS.indexOf(level);
  const at = (severity: LogLevel) => (message: string) => {
    if (LOG_LEVELS.indexOf(severity) < least) return;
    write(`runlens ${severity} ${message.replaceAll("\n", "\n  ")}\n`);
  };
  return {
    debug: at("DEBUG"),
    info: at("INFO"),
    warning: at("WARNING"),
    error: at("ERROR"),
    setLevel(next) {
      least = LOG_LEVELS.indexOf(next);
    },
  };
}
