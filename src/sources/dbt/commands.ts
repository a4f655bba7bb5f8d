/**
 * The dbt command that wrote an artifact, and its command line in normal form: what was asked for and what it
 * was limited to, without what only says how (`--threads`, `--vars`, `--full-refresh`). Two nights of one job
 * have the same line, whatever else was passed, and no line carries a secret.
 */
import { isObject, textOf, textsOf, type WireObject } from "../wire/loose.ts";

export interface Command {
  /** `build`, `run`, `test`, `source-freshness`, `docs-generate` and so on. */
  word: string;
  /** `dbt build --select tag:nightly`. */
  line: string;
  /** True where its timings are builds. */
  builds: boolean;
  /** True where its test statuses are test results. */
  tests: boolean;
  fullRefresh: boolean;
  /** dbt's target, where it was passed. */
  target: string | null;
}

/** `args.which` in the words of the command line. */
const WORDS: Readonly<Record<string, string>> = {
  generate: "docs-generate",
  "docs.generate": "docs-generate",
  "docs generate": "docs-generate",
  serve: "docs-serve",
  freshness: "source-freshness",
  "source-freshness": "source-freshness",
  "snapshot-freshness": "source-freshness",
  "source freshness": "source-freshness",
  ls: "list",
  run_operation: "run-operation",
};

const BUILDING: ReadonlySet<string> = new Set(["run", "build", "seed", "snapshot", "retry"]);
const TESTING: ReadonlySet<string> = new Set(["test", "build", "retry"]);
const GROUPS: ReadonlySet<string> = new Set(["docs", "source"]);

/** Flags that limit what a command does, in the order of the normal form, with their names in `args`. */
const LIMITS = [
  {
    flag: "--select",
    args: ["select", "models"],
    options: ["--select", "-s", "--models", "--model", "-m"],
    list: true,
  },
  { flag: "--exclude", args: ["exclude"], options: ["--exclude"], list: true },
  { flag: "--selector", args: ["selector", "selector_name"], options: ["--selector"], list: false },
  { flag: "--target", args: ["target"], options: ["--target", "-t"], list: false },
  {
    flag: "--resource-type",
    args: ["resource_types", "resource_type"],
    options: ["--resource-type", "--resource-types"],
    list: true,
  },
  {
    flag: "--exclude-resource-type",
    args: ["exclude_resource_types", "exclude_resource_type"],
    options: ["--exclude-resource-type", "--exclude-resource-types"],
    list: true,
  },
] as const;

/** Flags that stand alone; every other flag may be followed by a value. */
const SWITCHES = /^--(no-|full-refresh$|fail-fast$|debug$|quiet$|empty$|store-failures$|defer$|favor-state$)/;

/**
 * The command of a `run_results.json`. `statuses` are the words of its results: they tell a test from a run
 * where nothing else does.
 */
export function commandOf(args: WireObject, statuses: Iterable<string>): Command {
  const typed = parseLine(textOf(args.invocation_command) ?? "");
  const which =
    wordOf(textOf(args.which) ?? textOf(args.rpc_method) ?? textOf(args.command)) ??
    typed?.word ??
    wordByStatus(statuses);
  // `dbt retry` writes the word of the command that it repeats; that one decides what its results are.
  const word = typed?.word === "retry" ? "retry" : which;
  return {
    word,
    line: lineOf(word, args, typed),
    builds: BUILDING.has(which),
    tests: TESTING.has(which),
    fullRefresh: args.full_refresh === true || (typed?.fullRefresh ?? false),
    target: textOf(args.target) ?? typed?.limits.get("--target")?.[0] ?? null,
  };
}

/** The command of a `sources.json`, which does not say how it was called. */
export function freshnessCommand(): Command {
  return {
    word: "source-freshness",
    line: "dbt source freshness",
    builds: false,
    tests: false,
    fullRefresh: false,
    target: null,
  };
}

function wordOf(which: string | null): string | null {
  if (which === null) return null;
  const word = which.toLowerCase();
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? word) : word;
}

function wordByStatus(statuses: Iterable<string>): string {
  const seen = new Set<string>();
  for (const status of statuses) seen.add(status.toLowerCase());
  const tested = seen.has("pass") || seen.has("fail");
  if (tested) return seen.has("success") ? "build" : "test";
  return seen.size > 0 ? "run" : "unknown";
}

interface TypedLine {
  word: string;
  fullRefresh: boolean;
  isEmpty: boolean;
  /** Values by flag of the normal form. */
  limits: Map<string, string[]>;
}

function lineOf(word: string, args: WireObject, typed: TypedLine | null): string {
  const parts = [
    "dbt",
    word.startsWith("source-") || word.startsWith("docs-") ? word.replace("-", " ") : word,
  ];
  const macro = textOf(args.macro);
  if (word === "run-operation" && macro !== null) parts.push(macro);
  for (const { flag, args: names, list } of LIMITS) {
    const given = names.flatMap((name) => selection(args[name], list));
    const values = given.length > 0 ? given : (typed?.limits.get(flag) ?? []);
    if (values.length > 0) parts.push(flag, ...[...new Set(values)].sort());
  }
  // Builds of no rows or of a sample take no time: they are another job than the real ones.
  if (args.empty === true || typed?.isEmpty) parts.push("--empty");
  if (textOf(args.sample) !== null || isObject(args.sample)) parts.push("--sample");
  return parts.join(" ");
}

/** A selection as a list: dbt 1 has lists, older and other runners one text with spaces, or a tuple as text. */
function selection(value: unknown, list: boolean): string[] {
  if (typeof value !== "string") return textsOf(value).flatMap((item) => (list ? words(item) : item));
  const tuple = /^[[(](.*)[\])]$/s.exec(value.trim());
  if (tuple)
    return (tuple[1] ?? "")
      .split(",")
      .map((item) => item.trim().replaceAll(/^['"]|['"]$/g, ""))
      .filter(Boolean);
  return list ? words(value) : textsOf(value);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** Reads a command line as a shell user typed it; null when there is no dbt command in it. */
function parseLine(text: string): TypedLine | null {
  const tokens = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? "",
  );
  const start = tokens.findIndex((token) => /(^|[\\/])dbt[^\\/]*$/.test(token));
  if (start === -1) return null;
  let word: string | null = null;
  let fullRefresh = false;
  let isEmpty = false;
  const limits = new Map<string, string[]>();
  let values: string[] | null = null;
  for (const token of tokens.slice(start + 1)) {
    if (token.startsWith("-") && token.length > 1) {
      const [name = "", inline] = token.split(/=(.*)/s);
      isEmpty ||= name === "--empty";
      fullRefresh ||= name === "--full-refresh" || name === "-f";
      const limit = LIMITS.find(({ options }) => options.some((option) => option === name));
      // Values of a flag that does not count are collected too, only not kept.
      values = SWITCHES.test(name) ? null : limit ? (limits.get(limit.flag) ?? []) : [];
      if (limit && values) limits.set(limit.flag, values);
      if (inline !== undefined) {
        values?.push(...inline.split(/\s+/));
        values = null;
      }
    } else if (values !== null && (word !== null || values.length === 0)) values.push(...token.split(/\s+/));
    else if (word === null || GROUPS.has(word)) word = word === null ? token : `${word}-${token}`;
  }
  const known = wordOf(word);
  return known === null ? null : { word: known, fullRefresh, isEmpty, limits };
}
