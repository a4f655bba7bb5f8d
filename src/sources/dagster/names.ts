/** Which step is of which asset or op: what a run's steps are called says it only together with the definitions. */
import type { Row } from "../../store/port.ts";
import { objectOf, textOf } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";
import { ASSET_NAMES_DOCUMENT } from "./documents.ts";
import { opId } from "./ids.ts";
import type { DagsterVisit } from "./visit.ts";

/** What an asset is called: its key, where it is defined, and the ops that make it. */
export interface AssetNames {
  path: string[];
  location: string;
  ops: string[];
}

export async function readAssetNames({ api, context }: DagsterVisit): Promise<AssetNames[]> {
  const data = await api.ask(ASSET_NAMES_DOCUMENT, {}, context.signal);
  return objectsOf(data.assetNodes).flatMap(({ assetKey, opNames, repository }) => {
    const { path } = objectOf(assetKey);
    const location = textOf(objectOf(objectOf(repository).location).name);
    if (!Array.isArray(path) || path.length === 0 || location === null) return [];
    return [{ path: path.map(String), location, ops: Array.isArray(opNames) ? opNames.map(String) : [] }];
  });
}

export class Names {
  readonly #assets: ReadonlyMap<string, readonly string[]>;
  readonly #ops: ReadonlySet<string>;
  readonly #homes: ReadonlyMap<string, string>;

  /** What the assets are called; `ops` are the ids of ops that make none. */
  constructor(names: readonly AssetNames[], ops: ReadonlySet<string>) {
    const assets = new Map<string, string[]>();
    for (const { path, location, ops: makers } of names) {
      for (const op of makers) {
        const named = place(location, op);
        assets.set(named, [...(assets.get(named) ?? []), path.join("/")]);
      }
    }
    this.#assets = assets;
    this.#ops = ops;
    // Who makes an asset goes before who only knows of it.
    const makersLast = names.toSorted((a, b) => a.ops.length - b.ops.length);
    this.#homes = new Map(makersLast.map(({ path, location }) => [path.join("/"), location]));
  }

  /** The location in which the first of these assets is defined; null where none is known. */
  homeOf(keys: readonly string[]): string | null {
    return keys.map((key) => this.#homes.get(key)).find((home) => home !== undefined) ?? null;
  }

  /** The assets that an op makes; an op within a graph is called by the graph too. */
  assetsOf(location: string, handle: string): readonly string[] {
    return (
      this.#assets.get(place(location, handle)) ??
      this.#assets.get(place(location, handle.split(".")[0] ?? "")) ??
      []
    );
  }

  isOp(location: string, job: string, handle: string): boolean {
    return this.#ops.has(opId(location, job, handle));
  }
}

const place = (location: string, op: string): string => JSON.stringify([location, op]);

/** Needs the definitions: ops are those that they have. */
export async function readNames(visit: DagsterVisit): Promise<Names> {
  const [names, ops] = await Promise.all([
    visit.assetNames(),
    visit.rows<Row & { unique_id: string }>(
      `SELECT unique_id FROM stored_nodes n JOIN stored_sources s USING (source_key)
       WHERE s.source_id = ? AND n.materialization = 'op'`,
    ),
  ]);
  return new Names(names, new Set(ops.map(({ unique_id }) => unique_id)));
}
