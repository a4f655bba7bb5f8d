/** The assets that a world's code locations define, and which of them is below which; found once. */
import { type Asset, type AssetKey, keyText, type Location, type Repository, type World } from "./world.ts";

/** An asset and where it is defined. */
export interface Defined {
  asset: Asset;
  location: Location;
  repository: Repository;
}

export interface Catalog {
  /** By key. */
  assets: readonly Defined[];
  find(key: AssetKey): Defined | null;
  /** By key. */
  children(key: AssetKey): readonly AssetKey[];
}

const catalogs = new WeakMap<World, { version: number; catalog: Catalog }>();

export function catalogOf(world: World): Catalog {
  const known = catalogs.get(world);
  if (known !== undefined && known.version === world.version) return known.catalog;
  const catalog = read(world);
  catalogs.set(world, { version: world.version, catalog });
  return catalog;
}

function read(world: World): Catalog {
  const assets = world.locations
    .flatMap((location) =>
      location.repositories.flatMap((repository) =>
        repository.assets.map((asset) => ({ asset, location, repository })),
      ),
    )
    .sort((one, other) => compareKeys(one.asset.key, other.asset.key));
  const byKey = new Map(assets.map((one) => [keyText(one.asset.key), one]));
  const below = new Map<string, AssetKey[]>();
  for (const { asset } of assets)
    for (const parent of asset.parents) {
      const list = below.get(keyText(parent));
      if (list === undefined) below.set(keyText(parent), [asset.key]);
      else list.push(asset.key);
    }
  return {
    assets,
    find: (key) => byKey.get(keyText(key)) ?? null,
    children: (key) => below.get(keyText(key)) ?? [],
  };
}

/** By the texts of the keys, which is how Dagster pages. */
export function compareKeys(one: AssetKey, other: AssetKey): number {
  const [left, right] = [keyText(one), keyText(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}
