/** The filters that need the manifest alone. What a filter leaves out, or gives as null, does not count. */
import type { Resource } from "./dbt.ts";
import { accessOf, groupOf, identifierOf, layerOf, tagsOf, testTypeOf } from "./facts.ts";

type One = string | null | undefined;
type Several = readonly string[] | null | undefined;

export interface Filter {
  /** Case counts. */
  uniqueIds?: Several;
  /** Any of them. */
  tags?: Several;
  database?: One;
  schema?: One;
  /** The alias of a node, the identifier of a source. */
  identifier?: One;
  access?: One;
  group?: One;
  packageName?: One;
  modelingLayer?: One;
  sourceNames?: Several;
  testTypes?: Several;
  exposureType?: One;
}

export function matches(resource: Resource, filter: Filter): boolean {
  return (
    isAmong(filter.uniqueIds, () => [resource.unique_id]) &&
    isAmong(filter.tags, () => tagsOf(resource)) &&
    isOne(filter.database, () => resource.database) &&
    isOne(filter.schema, () => resource.schema) &&
    isOne(filter.identifier, () => identifierOf(resource)) &&
    isOne(filter.access, () => accessOf(resource)) &&
    isOne(filter.group, () => groupOf(resource)) &&
    isOne(filter.packageName, () => resource.package_name) &&
    isOne(filter.modelingLayer, () => layerOf(resource)) &&
    isOne(filter.exposureType, () => resource.type) &&
    isAmong(filter.sourceNames, () => (resource.source_name === undefined ? [] : [resource.source_name])) &&
    isAmong(filter.testTypes, () => [testTypeOf(resource)])
  );
}

/** Whether no value is asked for, or this one. */
export function isOne(wanted: One, value: () => string | null | undefined): boolean {
  return wanted === null || wanted === undefined || wanted === value();
}

function isAmong(wanted: Several, values: () => readonly string[]): boolean {
  return wanted === null || wanted === undefined || values().some((value) => wanted.includes(value));
}
