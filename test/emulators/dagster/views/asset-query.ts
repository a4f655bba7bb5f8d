/** The fields of Query about assets and their checks. */
import { catalogOf } from "../catalog.ts";
import { type AssetKey, keyText } from "../world.ts";
import { assetConnection, assetNodeView, assetView, latestInfo, pythonList } from "./assets.ts";
import { executionId, executionView } from "./checks.ts";
import type { RepositorySelector } from "./query.ts";
import { captured, type Serving, type View } from "./view.ts";

interface KeyInput {
  path: AssetKey;
}

interface ListArgs {
  prefix?: AssetKey | null;
  assetKeys?: readonly KeyInput[] | null;
  cursor?: string | null;
  limit?: number | null;
}

interface NodeArgs {
  group?: (RepositorySelector & { groupName: string }) | null;
  pipeline?: (RepositorySelector & { pipelineName?: string | null; jobName?: string | null }) | null;
  assetKeys?: readonly KeyInput[] | null;
}

export function assetFields(serving: Serving): View {
  const catalog = () => catalogOf(serving.world);
  const notFound = (path: AssetKey) => ({
    __typename: "AssetNotFoundError",
    message: `Asset key ${pythonList(path)} not found.`,
  });
  return {
    assetNodes: (args: NodeArgs) => assetNodes(serving, args),
    assetNodeOrError: ({ assetKey: { path } }: { assetKey: KeyInput }) => {
      const found = catalog().find(path);
      return found === null ? notFound(path) : assetNodeView(serving, found);
    },
    assetOrError: ({ assetKey: { path } }: { assetKey: KeyInput }) => assetView(serving, path),
    assetsOrError: (args: ListArgs) => captured(serving, () => assetConnection(serving, args)),
    assetRecordsOrError: (args: ListArgs) =>
      captured(serving, () => {
        const { cursor } = assetConnection(serving, args);
        const keys = catalog().assets.map(({ asset }) => asset.key);
        const materialized = keys.filter((key) => serving.history.materializations(key).length > 0);
        const assets = materialized.map((path) => ({ id: keyText(path), key: { path } }));
        return { __typename: "AssetRecordConnection", assets, cursor };
      }),
    assetsLatestInfo: ({ assetKeys }: { assetKeys: readonly KeyInput[] }) =>
      assetKeys.map(({ path }) => latestInfo(serving, path)).filter((one) => one !== null),
    assetCheckExecutions: (args: CheckArgs) => checkExecutions(serving, args),
  };
}

function assetNodes(serving: Serving, { group, pipeline, assetKeys }: NodeArgs): View[] {
  const wanted = assetKeys ? new Set(assetKeys.map(({ path }) => keyText(path))) : null;
  const job = pipeline?.pipelineName ?? pipeline?.jobName ?? null;
  return catalogOf(serving.world)
    .assets.filter(({ asset }) => wanted === null || wanted.has(keyText(asset.key)))
    .filter(({ asset }) => !group || asset.group === group.groupName)
    .filter(({ asset }) => job === null || asset.jobNames.includes(job))
    .map((found) => assetNodeView(serving, found));
}

interface CheckArgs {
  assetKey: KeyInput;
  checkName: string;
  limit: number;
  /** Id of the last execution of the page before. */
  cursor?: string | null;
}

function checkExecutions(serving: Serving, { assetKey, checkName, limit, cursor }: CheckArgs): View[] {
  return serving.history
    .executions(assetKey.path, checkName)
    .filter(({ run, what }) => !cursor || Number(executionId(serving, run, what)) < Number(cursor))
    .slice(0, limit)
    .map((one) => executionView(serving, one));
}
