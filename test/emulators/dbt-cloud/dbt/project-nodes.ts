/** Shorthand to write the nodes of a made-up project. */
import { hex } from "./noise.ts";
import type { DbtNode } from "./project.ts";

export interface ModelOutline {
  name: string;
  schema?: string;
  materialized?: string;
  tags?: readonly string[];
  parents?: readonly string[];
  seconds?: number;
}

/** Makes the nodes of one project, whose name is in every unique id. */
export class NodeMaker {
  readonly #project: string;

  constructor(project: string) {
    this.#project = project;
  }

  model({ name, ...rest }: ModelOutline): DbtNode {
    return this.#built("model", name, { materialized: "table", ...rest });
  }

  seed(name: string): DbtNode {
    return this.#built("seed", name, { schema: "seeds", materialized: "seed", seconds: 0.4 });
  }

  snapshot(name: string, parents: readonly string[]): DbtNode {
    return this.#built("snapshot", name, {
      schema: "snapshots",
      materialized: "snapshot",
      parents,
      seconds: 2,
    });
  }

  source(system: string, table: string): DbtNode {
    const id = `source.${this.#project}.${system}.${table}`;
    return {
      id,
      type: "source",
      name: `${system}.${table}`,
      schema: system,
      materialized: "source",
      tags: [],
      parents: [],
      seconds: 0.3,
    };
  }

  exposure(name: string, parents: readonly string[]): DbtNode {
    return this.#built("exposure", name, { schema: "exposures", materialized: "exposure", parents });
  }

  /** The tests `unique` and `not_null` of a node's key. */
  keyTests(of: DbtNode, severity: "error" | "warn" = "error"): DbtNode[] {
    return (["unique", "not_null"] as const).map((kind) => {
      const name = `${kind}_${of.name}_id`;
      return {
        id: `test.${this.#project}.${name}.${hex(name, 10)}`,
        type: "test",
        name,
        schema: "dbt_test__audit",
        materialized: "test",
        tags: [],
        parents: [of.id],
        seconds: 0.2,
        check: { kind, column: "id", severity },
      };
    });
  }

  #built(
    type: "model" | "seed" | "snapshot" | "exposure",
    name: string,
    outline: Omit<ModelOutline, "name">,
  ) {
    const node: DbtNode = {
      id: `${type}.${this.#project}.${name}`,
      type,
      name,
      schema: outline.schema ?? "analytics",
      materialized: outline.materialized ?? type,
      tags: outline.tags ?? [],
      parents: outline.parents ?? [],
      seconds: outline.seconds ?? 1,
    };
    return node;
  }
}
