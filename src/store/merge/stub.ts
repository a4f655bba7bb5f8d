/** What a `unique_id` alone tells of a node that ran before its definitions were seen. */

export interface Stub {
  model_id: string;
  name: string;
  resource_type: string;
  package_name: string | null;
  version: string | null;
  source_name: string | null;
}

/** By the first word of an id of Dagster's definitions: what it is, and how many parts follow the code location. */
const DAGSTER_IDS = new Map([
  ["asset", { type: "model", depth: 1 }],
  ["op", { type: "model", depth: 2 }],
  ["check", { type: "test", depth: 2 }],
  ["external", { type: "source", depth: 1 }],
]);

/**
 * Reads `asset:<location>:<path>`, `op:<location>:<job>:<handle>`, `check:<location>:<path>:<check>` and
 * `external:<location>:<path>`; in their parts `:` and `%` are percent-encoded. Null for ids of another form.
 */
function dagsterStub(id: string): Stub | null {
  const [word = "", ...encoded] = id.split(":");
  const known = DAGSTER_IDS.get(word);
  const parts = encoded.map((part) => part.replace(/%(3A|25)/gi, (code) => decodeURIComponent(code)));
  const [location, ...within] = parts;
  const name = within.at(-1);
  if (location === undefined || name === undefined || known?.depth !== within.length) return null;
  return {
    model_id: parts.join("."),
    name,
    resource_type: known.type,
    package_name: location,
    version: null,
    source_name: null,
  };
}

/**
 * Reads an id of Dagster's definitions, else dbt's `<type>.<package>.<name>[...]`: models may end in a version
 * (`.v2`), tests in a hash, sources and unit tests have a part before their name.
 */
export function stubOf(uniqueId: string): Stub {
  const ofDagster = dagsterStub(uniqueId);
  if (ofDagster !== null) return ofDagster;
  const [type = "", packageName, ...rest] = uniqueId.split(".");
  if (packageName === undefined || rest.length === 0) {
    const name = uniqueId;
    return {
      model_id: name,
      name,
      resource_type: "unknown",
      package_name: null,
      version: null,
      source_name: null,
    };
  }
  const last = rest.at(-1) ?? "";
  let parts = rest;
  let version: string | null = null;
  let sourceName: string | null = null;
  if (type === "model" && rest.length > 1 && /^v\d/.test(last)) {
    version = last.slice(1);
    parts = rest.slice(0, -1);
  } else if (type === "test" && rest.length > 1 && /^[0-9a-f]{10}$/.test(last)) {
    parts = rest.slice(0, -1);
  } else if (type === "source" && rest.length > 1) {
    sourceName = rest[0] ?? null;
    parts = rest.slice(1);
  } else if (type === "unit_test" && rest.length > 1) {
    parts = rest.slice(1);
  }
  const name = parts.join(".");
  const suffix = version === null ? "" : `.v${version}`;
  const within = type === "source" || type === "unit_test" ? rest.join(".") : `${name}${suffix}`;
  return {
    model_id: `${packageName}.${within}`,
    name,
    resource_type: type,
    package_name: packageName,
    version,
    source_name: sourceName,
  };
}
