/**
 * What this server's schema has beside the core that every version since 1.6 has. A document with an unknown field is
 * refused whole, so that newer parts are asked for only where one introspection has shown them.
 */
import { objectOf, textOf, type WireObject } from "../wire/loose.ts";

/** Types whose fields differ between the versions in use, and types that not all of them have. */
const TYPES = [
  "AssetCheck",
  "AssetCheckEvaluation",
  "AssetCheckExecution",
  "AssetNode",
  "Asset",
  "CronFreshnessPolicy",
  "DagsterCloudDeployment",
  "FailedToMaterializeEvent",
  "HealthChangedEvent",
  "Run",
  "RunsFilter",
  "TimeWindowFreshnessPolicy",
] as const;

/** Asks for them; one request, answered from memory by the server. */
export const INTROSPECTION = `query RunlensSchema {
${TYPES.map((name) => `  ${name}: __type(name: "${name}") { fields(includeDeprecated: true) { name args { name } } inputFields { name } }`).join("\n")}
  Query: __schema { queryType { fields { name args { name } } } }
}`;

export class Capabilities {
  readonly #names: ReadonlySet<string>;

  /** `data` is the answer to `INTROSPECTION`. */
  constructor(data: WireObject) {
    const names = new Set<string>();
    const types = TYPES.map((type) => [type, data[type]] as const);
    // What the root is called differs; everybody calls it the query.
    const root = objectOf(data.Query).queryType;
    for (const [type, found] of [...types, ["Query", root] as const]) {
      if (found === null || found === undefined) continue;
      names.add(type);
      const { fields, inputFields } = objectOf(found);
      for (const field of [...listOf(fields), ...listOf(inputFields)]) {
        const name = `${type}.${textOf(field.name) ?? ""}`;
        names.add(name);
        for (const argument of listOf(field.args)) names.add(`${name}.${textOf(argument.name) ?? ""}`);
      }
    }
    this.#names = names;
  }

  /** `Type`, `Type.field` or `Type.field.argument`. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** `text` where the server has `name`, else nothing. */
  where(name: string, text: string): string {
    return this.has(name) ? text : "";
  }

  /** Dagster+ has types of its own. */
  get isPlus(): boolean {
    return this.has("DagsterCloudDeployment");
  }
}

function listOf(value: unknown): WireObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
