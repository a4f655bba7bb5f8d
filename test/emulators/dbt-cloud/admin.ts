/** The Admin API, versions 2 and 3, over a world: every call that only reads. */
import { AdminError, type AdminReply, failure, MESSAGES, notFound, success } from "./admin/envelope.ts";
import { ROUTES } from "./admin/routes.ts";
import { accountRow } from "./admin/rows.ts";
import { type View, viewOf } from "./admin/view.ts";
import type { Token, World } from "./world.ts";

export type { AdminReply } from "./admin/envelope.ts";

export interface AdminOptions {
  /** Epoch milliseconds; durations of what is under way grow with it. */
  now: () => number;
  /** Where the web pages are that `href` leads to. */
  appUrl?: string;
}

export interface Admin {
  /** Answers a GET of a path that begins with `/api/`; refusals are replies too. */
  get(path: string, params: URLSearchParams, token: Token): AdminReply;
}

/** A host that nobody can have (RFC 2606), so that a followed link leads nowhere. */
const APP_URL = "https://ab123.us1.dbt.example";

export function createAdmin(world: World, { now, appUrl = APP_URL }: AdminOptions): Admin {
  return {
    get(path, params, token) {
      try {
        if (!token.admin) throw new AdminError(403, MESSAGES.noPermission);
        return answer(path, params, viewOf(world, token, now(), appUrl));
      } catch (error) {
        if (error instanceof AdminError) return failure(error.status, error.message);
        throw error;
      }
    },
  };
}

/**
 * Whether a path lacks nothing but its last slash: all paths of the API end with one, except those of artifacts.
 */
export function lacksSlash(path: string): boolean {
  if (path.endsWith("/")) return false;
  const [, version = "", , rest] = PATH.exec(`${path}/`) ?? [];
  if (rest === undefined) return /^\/api\/(v2\/whoami|v[23]\/accounts)$/.test(path);
  return !/\/artifacts\/./.test(path) && routeOf(Number(version), rest) !== undefined;
}

const PATH = /^\/api\/v([23])\/accounts\/(\d+)\/(.*)$/;

function answer(path: string, params: URLSearchParams, view: View): AdminReply {
  if (path === "/api/v2/whoami/") return success({ user: { id: 1001, email: null }, account: null });
  if (/^\/api\/v[23]\/accounts\/$/.test(path)) return accounts(view);
  const [, version = "", accountId, rest = ""] = PATH.exec(path) ?? [];
  if (accountId === undefined) throw notFound();
  // Even an account that does not exist is one that the token is not scoped to.
  if (accountId !== String(view.accountId)) throw new AdminError(403, MESSAGES.wrongAccount);
  const route = routeOf(Number(version), rest);
  if (route === undefined) throw notFound();
  const [, ...ids] = route.path.exec(rest) ?? [];
  return route.answer({ view, params, ids });
}

function routeOf(version: number, rest: string) {
  return ROUTES.find((route) => route.versions.includes(version) && route.path.test(rest));
}

function accounts(view: View): AdminReply {
  const pagination = { count: 1, total_count: 1 };
  const filters = { pk__in: [view.accountId] };
  return success([accountRow(view.account, view)], { filters, order_by: null, pagination });
}
