/** One list for every endpoint: state, filters, order and page, echoed in `extra`. */
import type { State } from "../world.ts";
import { AdminError, type AdminReply, success } from "./envelope.ts";
import { flag, integer, items, time } from "./parameters.ts";

type Value = number | string | boolean | null;

/** A parameter that narrows a list. */
interface Filter<T> {
  /** Null where the parameter was not given; otherwise the test and what `extra.filters` says of it. */
  read(params: URLSearchParams, name: string): { keeps: (row: T) => boolean; echo: unknown } | null;
}

export interface Listing<T> {
  filters: Readonly<Record<string, Filter<T>>>;
  /** What `order_by` may name; rows with equal values are in the order of their ids. */
  orders: Readonly<Record<string, (row: T) => number | string | null>>;
  /** The state of a row and the one that is meant where none is asked for. */
  state: { of: (row: T) => State; default: "active" | "all" };
  id: (row: T) => number;
}

/** The page that `params` asks for, its rows shaped by `row`. */
export function list<T>(
  rows: readonly T[],
  listing: Listing<T>,
  params: URLSearchParams,
  accountId: number,
  row: (row: T) => unknown,
): AdminReply {
  const limit = integer("limit", params.get("limit") ?? "100");
  const offset = integer("offset", params.get("offset") ?? "0");
  if (limit < 1 || limit > 100) throw new AdminError(400, "limit must be between 1 and 100");
  if (offset < 0) throw new AdminError(400, "offset must not be negative");
  const state = stateOf(params, listing.state.default);
  const echo: Record<string, unknown> = { limit, offset, state: state.echo, account_id: accountId };
  let matching = rows.filter((one) => state.keeps(listing.state.of(one)));
  for (const [name, filter] of Object.entries(listing.filters)) {
    const read = filter.read(params, name);
    if (read === null) continue;
    matching = matching.filter(read.keeps);
    echo[name] = read.echo;
  }
  const orderBy = params.get("order_by") || "id";
  const page = sorted(matching, listing, orderBy).slice(offset, offset + limit);
  const pagination = { count: page.length, total_count: matching.length };
  return success(page.map(row), { filters: echo, order_by: orderBy, pagination });
}

function stateOf(params: URLSearchParams, byDefault: "active" | "all") {
  const word = params.get("state") ?? byDefault;
  const wanted = { active: 1, "1": 1, deleted: 2, "2": 2, all: null }[word.toLowerCase()];
  if (wanted === undefined) throw new AdminError(400, `state must be active, deleted or all: ${word}`);
  return { keeps: (state: State) => wanted === null || state === wanted, echo: word };
}

/** As PostgreSQL sorts: null is larger than every value, so it comes last, or first where the order is reversed. */
function sorted<T>(rows: readonly T[], { orders, id }: Listing<T>, orderBy: string): T[] {
  const direction = orderBy.startsWith("-") ? -1 : 1;
  const value = orders[orderBy.replace(/^-/, "")];
  if (value === undefined)
    throw new AdminError(400, `order_by knows ${Object.keys(orders).join(", ")}: ${orderBy}`);
  return [...rows].sort((one, other) => direction * compare(value(one), value(other)) || id(one) - id(other));
}

function compare(one: number | string | null, other: number | string | null): number {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return one < other ? -1 : 1;
}

/** Filters of whole numbers, `null` values never match. */
export function equals<T>(
  value: (row: T) => Value,
  kind: "integer" | "text" | "flag" = "integer",
): Filter<T> {
  return {
    read(params, name) {
      const text = params.get(name);
      if (text === null) return null;
      const wanted = kind === "integer" ? integer(name, text) : kind === "flag" ? flag(name, text) : text;
      return { keeps: (row) => value(row) === wanted, echo: wanted };
    },
  };
}

export function oneOf<T>(value: (row: T) => Value, kind: "integer" | "text" = "integer"): Filter<T> {
  return {
    read(params, name) {
      const texts = items(params, name);
      if (texts === null) return null;
      const wanted: Value[] = texts.map((text) => (kind === "integer" ? integer(name, text) : text));
      return { keeps: (row) => wanted.includes(value(row)), echo: wanted };
    },
  };
}

/** Case does not matter, as `icontains` says. */
export function contains<T>(value: (row: T) => string): Filter<T> {
  return {
    read(params, name) {
      const text = params.get(name);
      if (text === null) return null;
      return { keeps: (row) => value(row).toLowerCase().includes(text.toLowerCase()), echo: text };
    },
  };
}

export function greaterThan<T>(value: (row: T) => number): Filter<T> {
  return {
    read(params, name) {
      const text = params.get(name);
      if (text === null) return null;
      const bound = integer(name, text);
      return { keeps: (row) => value(row) > bound, echo: bound };
    },
  };
}

/** Two times, both included; a row without a time is never between them. */
export function between<T>(value: (row: T) => number | null): Filter<T> {
  return {
    read(params, name) {
      const texts = items(params, name);
      if (texts === null) return null;
      const [from, to] = texts.map((text) => time(name, text));
      if (from === undefined || to === undefined || texts.length !== 2)
        throw new AdminError(400, `${name} must have two times`);
      const isBetween = (at: number | null) => at !== null && at >= from && at <= to;
      return { keeps: (row) => isBetween(value(row)), echo: texts };
    },
  };
}
