/** Assets: what they are by their definitions, and what the runs say of them. */
import { catalogOf, compareKeys, type Defined } from "../catalog.ts";
import { CaughtException } from "../errors.ts";
import type { Asset, AssetKey } from "../world.ts";
import { checkView } from "./checks.ts";
import { materializationView } from "./events.ts";
import { healthView } from "./health.ts";
import { runView } from "./runs.ts";
import { keyView, metadataView, type Serving, tagViews, type View } from "./view.ts";
import { repositoryView } from "./workspace.ts";

interface MaterializationArgs {
  partitions?: readonly string[] | null;
  /** Texts of epoch milliseconds. */
  beforeTimestampMillis?: string | null;
  afterTimestampMillis?: string | null;
  limit?: number | null;
}

export function assetNodeView(serving: Serving, { asset, location, repository }: Defined): View {
  const { key, freshness, partitions } = asset;
  const materializations = (args: MaterializationArgs) => materializationsOf(serving, key, args);
  return {
    __typename: "AssetNode",
    id: `w.${key.join("/")}`,
    assetKey: keyView(key),
    groupName: asset.group,
    description: asset.description,
    kinds: asset.kinds,
    // Older servers know one kind, newer ones tell it by tags.
    computeKind: serving.isOld ? (asset.kinds[0] ?? null) : null,
    tags: tagViews([
      ...asset.tags,
      ...asset.kinds.map((kind) => ({ key: `dagster/kind/${kind}`, value: "" })),
    ]),
    owners: [],
    metadataEntries: () => asset.metadata.map(metadataView),
    dependencyKeys: asset.parents.map(keyView),
    dependedByKeys: () => catalogOf(serving.world).children(key).map(keyView),
    jobNames: asset.jobNames,
    opName: asset.opNames[0] ?? null,
    opNames: asset.opNames,
    graphName: null,
    opVersion: null,
    isMaterializable: asset.isMaterializable,
    isObservable: asset.isObservable,
    isExecutable: asset.isMaterializable || asset.isObservable,
    isSource: !asset.isMaterializable,
    isVirtual: false,
    isAutoCreatedStub: false,
    isPartitioned: partitions !== null,
    partitionKeys: partitions ?? [],
    partitionStats: () => (partitions === null ? null : partitionStats(serving, key, partitions)),
    hasAssetChecks: asset.checks.length > 0,
    assetChecksOrError: ({ limit }: { limit?: number | null }) => ({
      __typename: "AssetChecks",
      checks: asset.checks.slice(0, limit ?? undefined).map((check) => checkView(serving, asset, check)),
    }),
    assetMaterializations: materializations,
    latestRunForPartition: ({ partition }: { partition: string }) => latestRunFor(serving, key, partition),
    staleStatus: () => staleStatus(serving, asset),
    staleCauses: () => staleCauses(asset),
    freshnessPolicy: null,
    freshnessInfo: null,
    internalFreshnessPolicy:
      freshness === null
        ? null
        : {
            __typename: "TimeWindowFreshnessPolicy",
            failWindowSeconds: freshness.failWindow,
            warnWindowSeconds: freshness.warnWindow,
          },
    freshnessStatusInfo: freshness === null ? null : freshnessStatus(serving, asset),
    repository: () => repositoryView(serving, location, repository),
  };
}

export function assetView(serving: Serving, key: AssetKey): View {
  const { history, plus, world } = serving;
  const node = () => catalogOf(world).find(key);
  const latest = () => history.materializations(key)[0]?.what.at ?? null;
  return {
    __typename: "Asset",
    id: pythonList(key),
    key: keyView(key),
    definition: () => {
      const found = node();
      return found === null ? null : assetNodeView(serving, found);
    },
    assetMaterializations: (args: MaterializationArgs) => materializationsOf(serving, key, args),
    latestMaterializationTimestamp: () => {
      const at = latest();
      // The one time of an asset that counts in milliseconds.
      return at === null ? null : at * 1000;
    },
    latestObservationTimestamp: null,
    latestFailedToMaterializeTimestamp: null,
    freshnessStatusChangedTimestamp: null,
    hasDefinitionOrRecord: () => node() !== null || latest() !== null,
    assetHealth: () => {
      const found = node();
      return plus === null || found === null ? null : healthView(serving, found.asset);
    },
  };
}

/** `AssetConnection`: by key, after the cursor, which is the text of the last key. */
export function assetConnection(
  serving: Serving,
  args: {
    prefix?: AssetKey | null;
    assetKeys?: readonly { path: AssetKey }[] | null;
    cursor?: string | null;
    limit?: number | null;
  },
): View {
  const { prefix, assetKeys, cursor, limit } = args;
  if (prefix && assetKeys)
    throw new CaughtException("DagsterInvariantViolationError", "Cannot provide both asset_keys and prefix");
  const all = catalogOf(serving.world).assets.map(({ asset }) => asset.key);
  const after = all.filter(
    (key) =>
      (!cursor || compareKeys(key, JSON.parse(cursor)) > 0) &&
      (!prefix || prefix.every((part, place) => key[place] === part)),
  );
  const keys = (assetKeys?.map(({ path }) => path) ?? after).slice(0, limit || undefined);
  const last = keys.at(-1);
  return {
    __typename: "AssetConnection",
    nodes: keys.map((key) => assetView(serving, key)),
    cursor: last === undefined ? null : pythonList(last),
  };
}

/** As Python writes a list in JSON. */
export const pythonList = (key: AssetKey): string =>
  `[${key.map((part) => JSON.stringify(part)).join(", ")}]`;

/** `AssetLatestInfo`: of assets that some run was to materialize, or that were never heard of. */
export function latestInfo(serving: Serving, key: AssetKey): View | null {
  const { history } = serving;
  const [latest] = history.materializations(key);
  const planned = history.lastPlanned(key);
  if (latest === undefined && planned === null) return null;
  const isOpen = planned !== null && planned.run.endedAt === null && latest?.run.id !== planned.run.id;
  const started = planned?.run.status === "STARTED" || planned?.run.status === "CANCELING";
  const ids = isOpen && planned !== null ? [planned.run.id] : [];
  return {
    __typename: "AssetLatestInfo",
    id: key.join("/"),
    assetKey: keyView(key),
    latestMaterialization: () =>
      latest === undefined ? null : materializationView(serving, latest.run, latest.what, latest.step.key),
    unstartedRunIds: started ? [] : ids,
    inProgressRunIds: started ? ids : [],
    latestRun: () => (planned === null ? null : runView(serving, planned.run)),
  };
}

function materializationsOf(serving: Serving, key: AssetKey, args: MaterializationArgs): View[] {
  const { partitions, limit } = args;
  const before = args.beforeTimestampMillis
    ? Number(args.beforeTimestampMillis) / 1000
    : Number.POSITIVE_INFINITY;
  const after = args.afterTimestampMillis
    ? Number(args.afterTimestampMillis) / 1000
    : Number.NEGATIVE_INFINITY;
  return serving.history
    .materializations(key)
    .filter(({ what }) => what.at < before && what.at > after)
    .filter(({ what }) => !partitions || (what.partition !== null && partitions.includes(what.partition)))
    .slice(0, limit ?? undefined)
    .map(({ what, run, step }) => materializationView(serving, run, what, step.key));
}

function latestRunFor(serving: Serving, key: AssetKey, partition: string): View | null {
  const found = serving.history.materializations(key).find(({ what }) => what.partition === partition);
  return found === undefined ? null : runView(serving, found.run);
}

function partitionStats({ history }: Serving, key: AssetKey, partitions: readonly string[]): View {
  const done = new Set(history.materializations(key).map(({ what }) => what.partition));
  const materialized = partitions.filter((one) => done.has(one)).length;
  return {
    numMaterialized: materialized,
    numPartitions: partitions.length,
    numFailed: 0,
    numMaterializing: 0,
  };
}

function staleStatus({ history }: Serving, asset: Asset): string {
  if (asset.stale !== null) return asset.stale.status;
  if (!asset.isMaterializable) return "FRESH";
  return history.materializations(asset.key).length === 0 ? "MISSING" : "FRESH";
}

function staleCauses({ key, stale }: Asset): View[] {
  if (stale === null) return [];
  return [
    {
      key: keyView(key),
      partitionKey: null,
      category: "CODE",
      reason: stale.reason,
      dependency: null,
      dependencyPartitionKey: null,
    },
  ];
}

function freshnessStatus({ world }: Serving, { freshness }: Asset): View {
  const status = world.freshnessEvaluation ? (freshness?.status ?? "UNKNOWN") : "UNKNOWN";
  return {
    freshnessStatus: status,
    freshnessStatusMetadata: { lastMaterializedTimestamp: freshness?.lastMaterializedAt ?? null },
  };
}
