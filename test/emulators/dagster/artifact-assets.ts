/**
 * The nodes of a dbt manifest as dagster-dbt defines them: models are assets, sources are assets that other systems
 * write, tests of one node are checks of its asset. Ephemeral models are no assets: what reads them reads through.
 * This deployment selects models alone, so seeds and snapshots are known as what others write.
 */
import {
  type Asset,
  type AssetKey,
  type Check,
  type Freshness,
  keyText,
  type MetadataEntry,
} from "./world.ts";

/** The parts of a manifest that are read here, as dbt writes them. */
export interface Manifest {
  metadata: { adapter_type: string };
  nodes: Readonly<Record<string, ManifestNode>>;
  sources: Readonly<Record<string, ManifestSource>>;
}

export interface ManifestNode {
  unique_id: string;
  resource_type: string;
  name: string;
  alias: string;
  version?: string | number | null;
  description: string;
  tags: readonly string[];
  relation_name: string | null;
  config: { materialized: string; severity?: string; group?: string | null };
  depends_on: { nodes?: readonly string[] };
  attached_node?: string | null;
}

export interface ManifestSource {
  unique_id: string;
  source_name: string;
  name: string;
  description: string;
  tags: readonly string[];
  freshness: { warn_after: Period | null; error_after: Period | null } | null;
}

interface Period {
  count: number | null;
  period: "minute" | "hour" | "day" | null;
}

/** Last verdict of `dbt source freshness` on a source; time in epoch seconds. */
export interface Verdict {
  status: string;
  loadedAt: number | null;
}

/** What of a manifest Dagster knows, and under which names. */
export class DbtAssets {
  readonly #manifest: Manifest;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** The model's asset, a check's name and asset, by the unique id; null for what is neither. */
  assetOf(uniqueId: string): AssetKey | null {
    const node = this.#manifest.nodes[uniqueId];
    if (node !== undefined) return isAsset(node) ? keyOf(node) : null;
    const source = this.#manifest.sources[uniqueId];
    return source === undefined ? null : [source.source_name, source.name];
  }

  /** Null for a test of several nodes, or of one that is no asset here. */
  checkOf(uniqueId: string): { asset: AssetKey; name: string; severity: "WARN" | "ERROR" } | null {
    const node = this.#manifest.nodes[uniqueId];
    if (node?.resource_type !== "test") return null;
    const tested =
      node.attached_node ?? (node.depends_on.nodes?.length === 1 ? node.depends_on.nodes[0] : null);
    const asset = tested === null || tested === undefined ? null : this.assetOf(tested);
    if (asset === null) return null;
    return { asset, name: node.name, severity: severityOf(node) };
  }

  assets(verdicts: ReadonlyMap<string, Verdict>): Asset[] {
    const checks = this.#checks();
    const checksOf = (key: AssetKey) => checks.get(keyText(key)) ?? [];
    const models = Object.values(this.#manifest.nodes)
      .filter(isAsset)
      .map((node) => this.#model(node, checksOf(keyOf(node))));
    const sources = Object.values(this.#manifest.sources).map((source) =>
      external([source.source_name, source.name], source, {
        checks: checksOf([source.source_name, source.name]),
        freshness: freshnessOf(source, verdicts.get(source.unique_id)),
      }),
    );
    const others = Object.values(this.#manifest.nodes)
      .filter(({ resource_type }) => resource_type === "seed" || resource_type === "snapshot")
      .map((node) => external([node.name], node, { checks: [], freshness: null }));
    return [...models, ...sources, ...others];
  }

  /** Keys of what a model reads, ephemeral models passed through. */
  parents(node: ManifestNode): AssetKey[] {
    const keys = (node.depends_on.nodes ?? []).flatMap((id): AssetKey[] => {
      const parent = this.#manifest.nodes[id];
      if (parent?.config.materialized === "ephemeral") return this.parents(parent);
      if (parent !== undefined) return [keyOf(parent)];
      return this.assetOf(id) === null ? [] : [this.assetOf(id) ?? []];
    });
    return [...new Map(keys.map((key) => [keyText(key), key])).values()];
  }

  #model(node: ManifestNode, checks: readonly Check[]): Asset {
    return {
      key: keyOf(node),
      group: node.config.group ?? "default",
      description: node.description === "" ? null : node.description,
      kinds: ["dbt", this.#manifest.metadata.adapter_type],
      // dagster-dbt leaves out a tag that is no valid key; here each is told, as other translators do.
      tags: node.tags.map((key) => ({ key, value: "" })),
      metadata: definitionMetadata(node),
      parents: this.parents(node),
      jobNames: ["__ASSET_JOB", "nightly", ...(node.tags.includes("intraday") ? ["intraday"] : [])],
      opNames: [keyOf(node).join("__")],
      isMaterializable: true,
      isObservable: false,
      checks,
      partitions: null,
      freshness: null,
      stale: null,
    };
  }

  #checks(): Map<string, Check[]> {
    const found = new Map<string, Check[]>();
    for (const node of Object.values(this.#manifest.nodes)) {
      const check = this.checkOf(node.unique_id);
      if (check === null) continue;
      const key = keyText(check.asset);
      const description = node.description === "" ? null : node.description;
      // What dbt skips after a failed test, Dagster skips after a blocking check.
      const one = { name: check.name, description, blocking: check.severity === "ERROR" };
      found.set(key, [...(found.get(key) ?? []), one]);
    }
    return found;
  }
}

function isAsset({ resource_type, config }: ManifestNode): boolean {
  return resource_type === "model" && config.materialized !== "ephemeral";
}

/** The name, which of a model with versions is its alias. */
function keyOf({ name, alias, version }: ManifestNode): AssetKey {
  return [version === undefined || version === null ? name : alias];
}

function severityOf({ config }: ManifestNode): "WARN" | "ERROR" {
  return config.severity?.toLowerCase() === "warn" ? "WARN" : "ERROR";
}

/** As dagster-dbt names them. */
function definitionMetadata(node: ManifestNode): MetadataEntry[] {
  const { config, relation_name, unique_id } = node;
  return [
    { type: "text", label: "dagster-dbt/materialization_type", value: config.materialized },
    { type: "text", label: "dagster/table_name", value: (relation_name ?? "").replaceAll('"', "") },
    { type: "text", label: "dagster_dbt/unique_id", value: unique_id },
  ];
}

function external(
  key: AssetKey,
  { description, tags }: { description: string; tags: readonly string[] },
  { checks, freshness }: Pick<Asset, "checks" | "freshness">,
): Asset {
  return {
    key,
    group: "default",
    description: description === "" ? null : description,
    kinds: [],
    tags: tags.map((tag) => ({ key: tag, value: "" })),
    metadata: [],
    parents: [],
    jobNames: [],
    opNames: [],
    isMaterializable: false,
    isObservable: false,
    checks,
    partitions: null,
    freshness,
    stale: null,
  };
}

const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const;

const STATUSES: Readonly<Record<string, Freshness["status"]>> = {
  pass: "HEALTHY",
  warn: "WARNING",
  error: "DEGRADED",
};

/** A source's criteria as a policy, the last verdict as its evaluation. */
function freshnessOf({ freshness }: ManifestSource, verdict: Verdict | undefined): Freshness | null {
  const [warn, fail] = [secondsOf(freshness?.warn_after), secondsOf(freshness?.error_after)];
  const failWindow = fail ?? warn;
  if (failWindow === null) return null;
  return {
    failWindow,
    warnWindow: fail === null ? null : warn,
    status: verdict === undefined ? null : (STATUSES[verdict.status] ?? "UNKNOWN"),
    lastMaterializedAt: verdict?.loadedAt ?? null,
  };
}

function secondsOf(period: Period | null | undefined): number | null {
  if (!period || period.count === null || period.period === null) return null;
  return period.count * SECONDS[period.period];
}
