/** The assets of a deployment with their checks, as their code defines them. */
import { numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { keyOf, objectsOf } from "./api.ts";
import { ASSETS_DOCUMENT } from "./documents.ts";
import type { DagsterVisit } from "./visit.ts";

/** Assets of one request: about a megabyte. */
const AT_ONCE = 400;

/** What an asset is held to; seconds. */
export type FreshnessPolicy =
  | { kind: "window"; warn_s: number | null; fail_s: number }
  /** To be made anew within `before_s` before each deadline. */
  | { kind: "deadline"; cron: string; timezone: string; before_s: number }
  /** The older policy: data at most so old, at all times or at the times of a cron expression. */
  | { kind: "lag"; lag_s: number; cron: string | null; timezone: string };

export interface Asset {
  key: string;
  location: string;
  /** Dagster makes it; else it only knows of it. */
  is_made: boolean;
  description: string | null;
  group: string | null;
  kinds: string[];
  tags: string[];
  owner: string | null;
  op_names: string[];
  code_version: string | null;
  /** Metadata of the definition that are texts, by label. */
  metadata: ReadonlyMap<string, string>;
  parents: string[];
  policy: FreshnessPolicy | null;
  checks: { name: string; description: string | null }[];
}

/** Hands the assets to `take`, part by part, in the order of the deployment. Gives how many there are. */
export async function readAssets(visit: DagsterVisit, take: (assets: Asset[]) => void): Promise<number> {
  const { api, context } = visit;
  const names = await visit.assetNames();
  const keys = names.map(({ path }) => path);
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const part = keys.slice(at, at + AT_ONCE).map((path) => ({ path }));
    const found = await api.ask(ASSETS_DOCUMENT, { keys: part }, context.signal);
    take(objectsOf(found.assetNodes).flatMap((node) => assetOf(node) ?? []));
    context.progress({
      done: Math.min(at + AT_ONCE, keys.length),
      total: keys.length,
      message: "assets read",
    });
  }
  return keys.length;
}

function assetOf(node: WireObject): Asset | null {
  const key = keyOf(node.assetKey);
  const location = textOf(objectOf(objectOf(node.repository).location).name);
  if (key === null || location === null) return null;
  const kinds = textsIn(node.kinds);
  const compute = textOf(node.computeKind);
  return {
    key,
    location,
    is_made: node.isMaterializable === undefined ? node.isSource !== true : node.isMaterializable === true,
    description: textOf(node.description),
    group: textOf(node.groupName),
    kinds: kinds.length > 0 || compute === null ? kinds : [compute],
    tags: objectsOf(node.tags).flatMap(({ key: name, value }) => tagOf(textOf(name), textOf(value))),
    owner: ownersOf(node.owners),
    op_names: textsIn(node.opNames),
    code_version: textOf(node.opVersion),
    metadata: new Map(
      objectsOf(node.metadataEntries).flatMap(({ label, text }) => {
        const [name, value] = [textOf(label), textOf(text)];
        return name === null || value === null ? [] : [[name, value] as const];
      }),
    ),
    parents: objectsOf(node.dependencyKeys).flatMap((parent) => keyOf(parent) ?? []),
    policy: policyOf(node),
    checks: objectsOf(objectOf(node.assetChecksOrError).checks).flatMap(({ name, description }) => {
      const named = textOf(name);
      return named === null ? [] : [{ name: named, description: textOf(description) }];
    }),
  };
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : [];
}

/** A tag as people write it: `key`, or `key=value`; those of the system itself say nothing to them. */
function tagOf(key: string | null, value: string | null): string[] {
  if (key === null || key.startsWith("dagster/")) return [];
  return [value === null ? key : `${key}=${value}`];
}

function ownersOf(owners: unknown): string | null {
  const names = objectsOf(owners).flatMap(({ email, team }) => textOf(email) ?? textOf(team) ?? []);
  return names.length === 0 ? null : names.join(", ");
}

/** What a node is held to; null where that is nothing. */
export function policyOf({ internalFreshnessPolicy, freshnessPolicy }: WireObject): FreshnessPolicy | null {
  const policy = objectOf(internalFreshnessPolicy);
  const fail = numberOf(policy.failWindowSeconds);
  if (!Number.isNaN(fail)) {
    const warn = numberOf(policy.warnWindowSeconds);
    return { kind: "window", fail_s: fail, warn_s: Number.isNaN(warn) ? null : warn };
  }
  const cron = textOf(policy.deadlineCron);
  const before = numberOf(policy.lowerBoundDeltaSeconds);
  if (cron !== null && !Number.isNaN(before)) {
    return { kind: "deadline", cron, timezone: textOf(policy.timezone) ?? "UTC", before_s: before };
  }
  const old = objectOf(freshnessPolicy);
  const lag = numberOf(old.maximumLagMinutes);
  if (Number.isNaN(lag)) return null;
  return {
    kind: "lag",
    lag_s: lag * 60,
    cron: textOf(old.cronSchedule),
    timezone: textOf(old.cronScheduleTimezone) ?? "UTC",
  };
}
