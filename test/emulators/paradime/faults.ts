/** What can go wrong between a client and Paradime, on purpose. */

export const FAULT_KINDS = [
  "401",
  "403",
  "404",
  "429",
  "500",
  "502",
  "503",
  "errors-in-200",
  "one-error",
  "html",
  "not-json",
  "unknown-word",
  "malformed",
  "expired",
  "elsewhere",
  "slow",
  "cut",
  "reset",
] as const;

/**
 * A number is an HTTP status. `errors-in-200`: a refusal of the key in a body of status 200. `one-error`: one part of
 * the answer failed, the others are there. `html`: 200 with a page, as a wrong host answers. `not-json`: 200 with a
 * text. `unknown-word`: the real answer, in which a field has a word that no client knows. `malformed`: an artifact
 * that is no JSON. `expired`: the address of an artifact is refused as one that is too old. `elsewhere`: a redirect to
 * another host. `slow`: the real answer, late. `cut`: half of it, then the connection ends. `reset`: no answer at all.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** The API, or where the artifacts lie. */
export type Host = "api" | "storage";

export interface Fault {
  kind: FaultKind;
  /** `api` where it is left out. */
  host?: Host;
  /** Only requests with this in their document or its variables, or in the path of an artifact. */
  match?: string | RegExp;
  /** How many requests it hits; all where it is left out. */
  times?: number;
  /** How many requests it lets pass first. */
  afterRequests?: number;
  /** Of `slow`, in milliseconds; a minute where it is left out. */
  delayMs?: number;
  /** Of 429: what `Retry-After` says, in seconds. */
  retryAfter?: number;
  /** Of `unknown-word`: the field, at any depth, and what it says. */
  field?: string;
  word?: string;
}

const SLOW_MS = 60_000;

export function delayOf(fault: Fault | null): number {
  return fault?.kind === "slow" ? (fault.delayMs ?? SLOW_MS) : 0;
}

/** The faults in force, and how often each was met. */
export class Faults {
  readonly #faults: { fault: Fault; met: number }[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, met: 0 }));
  }

  /** The fault that a request meets, if any; the first of the list wins. */
  next(host: Host, text: string): Fault | null {
    for (const entry of this.#faults) {
      const { match, afterRequests = 0, times = Number.POSITIVE_INFINITY } = entry.fault;
      if ((entry.fault.host ?? "api") !== host || (match !== undefined && text.search(match) === -1))
        continue;
      entry.met += 1;
      if (entry.met > afterRequests && entry.met <= afterRequests + times) return entry.fault;
    }
    return null;
  }
}

/**
 * Reads the form of the command line, `<kind>[:<host>][:<times>]` and then `,match=<text>`, `,after=<requests>` and
 * `,delay=<milliseconds>`, e.g. `500:storage:3` or `slow,match=listBoltRuns,delay=5000`.
 */
export function parseFault(text: string): Fault {
  const [head = "", ...options] = text.split(/,(?=(?:match|after|delay)=)/);
  const [word = "", ...places] = head.split(":");
  const kind = FAULT_KINDS.find((known) => known === word);
  if (kind === undefined) throw new Error(`no fault \`${word}\`; there are ${FAULT_KINDS.join(", ")}`);
  const fault: Fault = { kind };
  for (const place of places) {
    if (place === "api" || place === "storage") fault.host = place;
    else fault.times = count(place, text);
  }
  for (const option of options) {
    const [name, value] = [option.slice(0, option.indexOf("=")), option.slice(option.indexOf("=") + 1)];
    if (name === "match") fault.match = value;
    else if (name === "after") fault.afterRequests = count(value, text);
    else fault.delayMs = count(value, text);
  }
  return fault;
}

function count(word: string, text: string): number {
  if (!/^\d+$/.test(word)) throw new Error(`\`${word}\` is no number in the fault \`${text}\``);
  return Number(word);
}
