/** The name by which people ask for a node. */

/** `project.model`; sources and unit tests keep the part between, which their names are not unique without. */
export function modelId(
  uniqueId: string,
  type: string,
  packageName: string | null,
  name: string,
  version: string | null,
): string {
  if (type === "source" || type === "unit_test" || packageName === null) {
    return uniqueId.slice(uniqueId.indexOf(".") + 1);
  }
  return version === null ? `${packageName}.${name}` : `${packageName}.${name}.v${version}`;
}
