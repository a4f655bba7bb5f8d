/** What can go wrong between a client and the platform, on purpose. */

export const FAULT_KINDS = [
  "401",
  "403",
  "404",
  "429",
  "500",
  "502",
  "503",
  "html",
  "errors-in-200",
  "partial",
  "slow",
  "cut",
  "reset",
  "complexity",
] as const;

/**
 * A number is an HTTP status with the body of that API. `html`: 200 with a page, as a wrong host answers.
 * `errors-in-200`: a refusal in a body of status 200. `partial`: Discovery's real answer with one part null, and
 * why. `slow`: the real answer, late. `cut`: half of it, then the connection ends. `reset`: no answer at all.
 * `complexity`: Discovery's refusal of a query of a job.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

export type Api = "admin" | "discovery";

export interface Fault {
  kind: FaultKind;
  /** Both where it is left out; `partial` and `complexity` are faults of Discovery alone. */
  api?: Api;
  /** Only requests with this in their path and query, or in the document and its variables. */
  match?: string | RegExp;
  /** How many requests it hits; all where it is left out. */
  times?: number;
  /** How many requests it lets pass first. */
  afterRequests?: number;
  /** Of `slow`, in milliseconds; a minute where it is left out. */
  delayMs?: number;
}

const DISCOVERY_ONLY: readonly FaultKind[] = ["partial", "complexity"];
const SLOW_MS = 60_000;

export function delayOf(fault: Fault): number {
  return fault.kind === "slow" ? (fault.delayMs ?? SLOW_MS) : 0;
}

/** The faults in force, and how often each was met. */
export class Faults {
  readonly #faults: { fault: Fault; met: number }[];

  constructor(faults: readonly Fault[]) {
    for (const { kind, api } of faults)
      if (api === "admin" && DISCOVERY_ONLY.includes(kind))
        throw new Error(`${kind} is a fault of Discovery alone`);
    this.#faults = faults.map((fault) => ({ fault, met: 0 }));
  }

  /** The fault that a request meets, if any; the first of the list wins. */
  next(api: Api, text: string): Fault | null {
    let hit: Fault | null = null;
    for (const entry of this.#faults) {
      if (hit !== null || !concerns(entry.fault, api, text)) continue;
      entry.met += 1;
      const { afterRequests = 0, times = Number.POSITIVE_INFINITY } = entry.fault;
      if (entry.met > afterRequests && entry.met <= afterRequests + times) hit = entry.fault;
    }
    return hit;
  }
}

function concerns({ kind, api, match }: Fault, asked: Api, text: string): boolean {
  if ((api ?? asked) !== asked) return false;
  if (asked === "admin" && DISCOVERY_ONLY.includes(kind)) return false;
  if (match === undefined) return true;
  return typeof match === "string" ? text.includes(match) : text.search(match) !== -1;
}

/**
 * Reads the form of the command line, `<kind>[:<api>][:<times>]` and then `,match=<text>`, `,after=<requests>` and
 * `,delay=<milliseconds>`, e.g. `429:discovery:3` or `slow:admin,match=/runs/,delay=5000`. `match` comes last where
 * its text has a comma.
 */
export function parseFault(text: string): Fault {
  const [head = "", ...options] = text.split(/,(?=(?:match|after|delay)=)/);
  const [word = "", ...places] = head.split(":");
  const kind = FAULT_KINDS.find((known) => known === word);
  if (kind === undefined) throw new Error(`no fault \`${word}\`; there are ${FAULT_KINDS.join(", ")}`);
  const fault: Fault = { kind };
  for (const place of places) {
    if (place === "admin" || place === "discovery") fault.api = place;
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
