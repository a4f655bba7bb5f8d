/** The log: one line per event on stderr, because stdout belongs to the protocol and to answers. */

/** Mildest first; the words of `DBT_DISCOVERY_LOG_LEVEL`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Figures and names beside a message. */
export type LogFields = Readonly<Record<string, string | number | null>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** What is less severe than this is left out from now on. */
  setLevel(level: LogLevel): void;
}

/** `text` for people; `json` is one object a line, for what gathers logs. */
export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  /** What is less severe is left out; WARNING where it is left out. */
  level?: LogLevel;
  format?: LogFormat;
  /** Takes a line with its end; stderr where it is left out. */
  write?: (line: string) => void;
  /** Epoch milliseconds, for the lines of `json`. */
  now?: () => number;
  /** What is known of the work at hand, for the lines of `json`. */
  context?: () => LogFields;
}

/** Line breaks inside a message are indented, so that an event stays one. */
export function createLog(options: LogOptions = {}): Log {
  const { write = (line: string) => void process.stderr.write(line) } = options;
  let least = LOG_LEVELS.indexOf(options.level ?? "WARNING");
  const line = options.format === "json" ? jsonLine(options) : textLine;
  const at = (severity: LogLevel) => (message: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(severity) >= least) write(`${line(severity, message, fields)}\n`);
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

function textLine(severity: LogLevel, message: string, fields: LogFields = {}): string {
  const beside = Object.entries(fields).map(([name, value]) => ` ${name}=${value ?? "-"}`);
  return `runlens ${severity} ${message.replaceAll("\n", "\n  ")}${beside.join("")}`;
}

function jsonLine({ now, context }: LogOptions) {
  return (severity: LogLevel, message: string, fields: LogFields = {}): string => {
    const time = now === undefined ? {} : { time: new Date(now()).toISOString() };
    return JSON.stringify({ ...time, level: severity, message, ...context?.(), ...fields });
  };
}
