/**
 * Which names the server answers to. A page of a foreign site that has its own name resolved to this machine (DNS
 * rebinding) is known by the Host that it asks for, any other by its Origin. Addresses cannot be rebound.
 */
import { isIP } from "node:net";
import { RunlensError } from "../../errors.ts";

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host) || (isIP(host) === 4 && host.startsWith("127."));
}

export class Guard {
  readonly #names: ReadonlySet<string>;
  readonly #anyAddress: boolean;

  /**
   * @param host address that the server listens at
   * @param names further names by which it is known, such as that of a proxy before it
   */
  constructor(host: string, names: readonly string[] = []) {
    this.#names = new Set([...LOOPBACK, ...names.map((name) => name.toLowerCase())]);
    this.#anyAddress = !isLoopback(host);
  }

  /** Throws `FORBIDDEN` for a Host or an Origin that is not the server's own. */
  check(headers: Headers): void {
    const host = nameIn(`http://${headers.get("host") ?? ""}`);
    if (host === null || !this.#knows(host)) {
      throw refused(`Host ${JSON.stringify(headers.get("host") ?? "")}`);
    }
    const origin = headers.get("origin");
    if (origin === null) return;
    const from = nameIn(origin);
    if (from === null || !(this.#names.has(from) || (from === host && this.#knows(from)))) {
      throw refused(`Origin ${JSON.stringify(origin)}`);
    }
  }

  #knows(name: string): boolean {
    return this.#names.has(name) || (this.#anyAddress && isIP(name) !== 0);
  }
}

/** The host in an address, without its port and brackets; null where there is none. */
function nameIn(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  return hostname === "" ? null : hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

function refused(what: string): RunlensError {
  return new RunlensError(
    "FORBIDDEN",
    `${what} is not one that this server answers to.`,
    "Ask it by the address that it listens at; names of a proxy are set with RUNLENS_PUBLIC_URL.",
  );
}
