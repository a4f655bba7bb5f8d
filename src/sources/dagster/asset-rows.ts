/** Assets, their checks and the ops of jobs as nodes and edges. */
import type { DefinitionsUnit, NodeColumns, SourceRef } from "../../store/units.ts";
import { edgeColumns, nodeColumns, type RowOf, UNKNOWN_NODE, type Words } from "../visit/columns.ts";
import type { Place } from "../visit/place.ts";
import type { Asset, FreshnessPolicy } from "./assets.ts";
import { assetId, checkId, externalId, opId } from "./ids.ts";
import type { JobOps } from "./ops.ts";

type NodeRow = RowOf<NodeColumns>;

/** Everything that one location defines. */
export interface LocationDefinitions {
  assets: readonly Asset[];
  ops: readonly JobOps[];
}

/** How the store names where a definition lies. */
export const locationOf = (location: string): string => `dagster:location/${location}`;

/** The unit of a location; `generatedAt` is in epoch microseconds, `homes` tells where each asset of the deployment is. */
export function definitionsUnit(
  source: SourceRef,
  { project, environment }: Pick<Place, "project" | "environment">,
  { assets, ops }: LocationDefinitions,
  homes: ReadonlyMap<string, Asset>,
  generatedAt: number,
  words: Words,
): DefinitionsUnit {
  const location = project.project_id;
  const nodes = nodeColumns(words);
  const edges = edgeColumns(words);
  const strangers = new Map<string, string>();
  for (const asset of assets) {
    nodes.add(assetRow(asset));
    for (const check of asset.checks) nodes.add(checkRow(asset, check));
    for (const parent of asset.parents) {
      const home = homes.get(parent)?.location ?? location;
      const isOwn = homes.get(parent)?.location === location;
      if (!isOwn) strangers.set(parent, home);
      edges.add({ parent: isOwn ? idOf(homes.get(parent)) : externalId(home, parent), child: idOf(asset) });
    }
  }
  for (const [key, home] of strangers) {
    nodes.add(row(externalId(home, key), key, home, "source", { source_name: home }));
  }
  for (const { job, handles } of ops) {
    for (const handle of handles) {
      const model_id = `${location}.${job}.${handle}`;
      nodes.add(
        row(opId(location, job, handle), handle, location, "model", { materialization: "op", model_id }),
      );
    }
  }
  return {
    kind: "definitions",
    source,
    project,
    environment,
    invocation_id: null,
    generated_at: generatedAt,
    schema_version: "dagster",
    dbt_version: null,
    location: locationOf(location),
    nodes: nodes.finish(),
    edges: edges.finish(),
  };
}

function idOf(asset: Asset | undefined): string | null {
  if (asset === undefined) return null;
  return asset.is_made ? assetId(asset.location, asset.key) : externalId(asset.location, asset.key);
}

function row(id: string, name: string, location: string, type: string, more: Partial<NodeRow>): NodeRow {
  return {
    ...UNKNOWN_NODE,
    unique_id: id,
    model_id: `${location}.${name}`,
    name,
    resource_type: type,
    package_name: location,
    ...more,
  };
}

function assetRow(asset: Asset): NodeRow {
  const { key, location, metadata, kinds, group } = asset;
  const [database, schema, alias] = relationOf(metadata);
  const { warn_s, error_s } = secondsOf(asset.policy);
  const tags = [
    ...asset.tags,
    ...kinds.map((kind) => `kind:${kind}`),
    ...(group === null || group === "default" ? [] : [`group:${group}`]),
  ];
  return row(idOf(asset) ?? "", key, location, asset.is_made ? "model" : "source", {
    alias,
    database_name: database,
    schema_name: schema,
    description: asset.description,
    // What dbt calls it, where dbt makes it.
    materialization: asset.is_made ? (metadata.get("dagster-dbt/materialization_type") ?? "asset") : null,
    tags: JSON.stringify([...new Set(tags)]),
    owner: asset.owner,
    checksum: asset.code_version,
    source_name: asset.is_made ? null : location,
    warn_after_s: warn_s,
    error_after_s: error_s,
  });
}

function checkRow(asset: Asset, check: Asset["checks"][number]): NodeRow {
  const { key, location } = asset;
  return row(checkId(location, key, check.name), check.name, location, "test", {
    description: check.description,
    attached: idOf(asset),
    test_type: "asset_check",
  });
}

/** Database, schema and name of the relation that an asset is, where its metadata say so. */
function relationOf(metadata: Asset["metadata"]): [string | null, string | null, string | null] {
  const name = metadata.get("dagster/relation_identifier") ?? metadata.get("dagster/table_name");
  const parts = name?.split(".") ?? [];
  return [parts.at(-3) ?? null, parts.at(-2) ?? null, parts.at(-1) ?? null];
}

/** Ages at which an asset is a warning or an error; a deadline is none. */
export function secondsOf(policy: FreshnessPolicy | null): { warn_s: number; error_s: number } {
  const none = { warn_s: Number.NaN, error_s: Number.NaN };
  if (policy === null || policy.kind === "deadline") return none;
  if (policy.kind === "lag") return policy.cron === null ? { ...none, error_s: policy.lag_s } : none;
  return { warn_s: policy.warn_s ?? Number.NaN, error_s: policy.fail_s };
}
