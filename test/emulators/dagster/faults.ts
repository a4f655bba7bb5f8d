/** What can go wrong between a client and Dagster, on purpose. */

export const FAULT_KINDS = [
  "401",
  "403",
  "404",
  "409",
  "429",
  "500",
  "502",
  "503",
  "504",
  "unauthenticated",
  "unauthorized",
  "maintenance",
  "html",
  "not-json",
  "python-error",
  "exception",
  "unknown-word",
  "slow",
  "cut",
  "reset",
] as const;

/**
 * A number is an HTTP status. `unauthenticated`: 200 with that code among the errors. `unauthorized`: a member of
 * the unions that have it, such an error elsewhere. `maintenance`: Dagster+ is closed for a while. `html`: 200 with a
 * page, as a wrong host answers. `not-json`: 200 with a text. `python-error`: the storage failed in a field of Query,
 * all others are fine. `exception`: a field of Query threw. `unknown-word`: the real answer, in which a field has a
 * word that no schema knows. `slow`: the real answer, late. `cut`: half of it, then the connection ends. `reset`: no
 * answer at all.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  kind: FaultKind;
  /** Only requests with this in their document or its variables. */
  match?: string | RegExp;
  /** How many requests it hits; all where it is left out. */
  times?: number;
  /** How many requests it lets pass first. */
  afterRequests?: number;
  /** Of `slow`, in milliseconds; a minute where it is left out. */
  delayMs?: number;
  /** Of statuses: what `Retry-After` says, in seconds or as the date that is so far away. */
  retryAfter?: { seconds: number; form: "seconds" | "date" };
  /**
   * Of `python-error`, `exception` and `unauthorized` the field of Query, all where it is left out; of `unknown-word`
   * the name of the field, at any depth.
   */
  field?: string;
  /** Of `unknown-word`. */
  word?: string;
}

const SLOW_MS = 60_000;

export function delayOf(fault: Fault): number {
  return fault.kind === "slow" ? (fault.delayMs ?? SLOW_MS) : 0;
}

/** The faults in force, and how often each was met. */
export class Faults {
  readonly #faults: { fault: Fault; met: number }[];

  constructor(faults: readonly Fault[]) {
    for (const { kind, field, word } of faults)
      if (kind === "unknown-word" && (field === undefined || word === undefined))
        throw new Error("unknown-word takes a field and a word");
    this.#faults = faults.map((fault) => ({ fault, met: 0 }));
  }

  /** The fault that a request meets, if any; the first of the list wins. */
  next(text: string): Fault | null {
    let hit: Fault | null = null;
    for (const entry of this.#faults) {
      if (hit !== null || !concerns(entry.fault, text)) continue;
      entry.met += 1;
      const { afterRequests = 0, times = Number.POSITIVE_INFINITY } = entry.fault;
      if (entry.met > afterRequests && entry.met <= afterRequests + times) hit = entry.fault;
    }
    return hit;
  }
}

function concerns({ match }: Fault, text: string): boolean {
  if (match === undefined) return true;
  return typeof match === "string" ? text.includes(match) : text.search(match) !== -1;
}

/**
 * Reads the form of the command line, `<kind>[:<times>]` and then `,match=<text>`, `,after=<requests>`,
 * `,delay=<milliseconds>`, `,retry=<seconds>`, `,field=<name>` and `,word=<word>`, e.g. `429:3,retry=2` or
 * `python-error,field=runsOrError`.
 */
export function parseFault(text: string): Fault {
  const [head = "", ...options] = text.split(/,(?=(?:match|after|delay|retry|field|word)=)/);
  const [name = "", times] = head.split(":");
  const kind = FAULT_KINDS.find((known) => known === name);
  if (kind === undefined) throw new Error(`no fault \`${name}\`; there are ${FAULT_KINDS.join(", ")}`);
  const fault: Fault = { kind };
  if (times !== undefined) fault.times = count(times, text);
  for (const option of options) {
    const [key, value] = [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)];
    if (key === "match") fault.match = value;
    else if (key === "field") fault.field = value;
    else if (key === "word") fault.word = value;
    else if (key === "after") fault.afterRequests = count(value, text);
    else if (key === "delay") fault.delayMs = count(value, text);
    else fault.retryAfter = { seconds: count(value, text), form: "seconds" };
  }
  return fault;
}

function count(word: string, text: string): number {
  if (!/^\d+$/.test(word)) throw new Error(`\`${word}\` is no number in the fault \`${text}\``);
  return Number(word);
}
