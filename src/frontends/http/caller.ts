/** Who asks over HTTP, and what of it they may ask. */
import { RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";

/** From the least to the most: each may all that those before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Caller {
  /** As the audit log and the metrics call them; the same for all keys of one name. */
  name: string;
  role: Role;
  /** Ids of the projects that they may see; null where they may see all. */
  projects: readonly string[] | null;
  /** Requests a minute, of all keys of the name together; null where there is no limit. */
  perMinute: number | null;
}

/** Whoever asks a server that asks nobody for a key: it listens on this machine alone. */
export const LOCAL: Caller = { name: "local", role: "admin", projects: null, perMinute: null };

/** The least role that may ask: views do not hide the tables beneath them, so that SQL is the admin's alone. */
export function roleFor(operation: Operation): Role {
  return operation.name === "query_sql" ? "admin" : "viewer";
}

export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** True where this caller may see the operation at all. */
export function mayAsk(caller: Caller, operation: Operation): boolean {
  return isAtLeast(caller.role, roleFor(operation));
}

/** True for the same caller with the same rights: who was given others since is not taken for the one of before. */
export function isSame(one: Caller, other: Caller): boolean {
  const rights = ({ name, role, projects }: Caller) => JSON.stringify([name, role, projects]);
  return rights(one) === rights(other);
}

/** The `FORBIDDEN` for a role that is too low. */
export class RoleNeeded extends RunlensError {
  /** The least role that would do. */
  readonly least: Role;
  /** Whose role it is. */
  readonly who: string;

  constructor(least: Role, who: string, message: string, hint: string) {
    super("FORBIDDEN", message, hint);
    this.least = least;
    this.who = who;
  }
}

/** Throws `FORBIDDEN` where the caller's role does not allow this call. */
export function checkRole(caller: Caller, operation: Operation, input: unknown): void {
  checkLeast(caller, roleFor(operation), operation.name);
  const asksForRefresh =
    typeof input === "object" && input !== null && "refresh" in input && input.refresh !== false;
  if (asksForRefresh && !isAtLeast(caller.role, "operator")) {
    throw tooLow("operator", "refresh needs the role operator", caller, "Leave refresh out, or ask");
  }
}

/** Throws `FORBIDDEN` where the caller's role is below `least`, which `what` needs. */
export function checkLeast(caller: Caller, least: Role, what: string): void {
  if (!isAtLeast(caller.role, least)) throw tooLow(least, `${what} needs the role ${least}`, caller);
}

/** Throws `FORBIDDEN` where the caller may see some projects alone, and `what` is about all. */
export function checkWhole({ name, projects }: Caller, what: string): void {
  if (projects === null) return;
  const hint = "Ask whoever runs this server for a key without projects.";
  throw new RunlensError("FORBIDDEN", `${what} is about all projects; "${name}" may see some.`, hint);
}

function tooLow(least: Role, what: string, { name, role }: Caller, next = "Ask"): RoleNeeded {
  const hint = `${next} whoever runs this server for a key of that role.`;
  return new RoleNeeded(least, name, `${what}; "${name}" is ${role}.`, hint);
}
