/** What the nodes of an environment have in common. */

import type { Run } from "../../world.ts";
import type { Metadata, Resource } from "../dbt.ts";
import { metaOf, tagsOf } from "../facts.ts";
import { type Graph, type Kind, kindOf } from "../graph.ts";
import type { History } from "../history.ts";
import type { EnvironmentRecord } from "../records.ts";

export type Side = "Applied" | "Definition";

/** One of the two states of an environment, as its nodes see it. */
export interface Scope {
  readonly side: Side;
  readonly record: EnvironmentRecord;
  readonly graph: Graph;
  readonly history: History;
  readonly metadata: Metadata;
  /** The run whose manifest this is. */
  readonly run: Run;
  node(resource: Resource): Node;
  /** As it stands within another node. */
  nested(resource: Resource): Node;
}

/**
 * One resource, as a node of its own or nested within another: the nested types have a part of the fields, and a
 * few more. The fields of both states are here; the schema decides which of them can be asked for.
 */
export abstract class Node {
  readonly __typename: string;
  protected readonly scope: Scope;
  protected readonly entry: Resource;

  constructor(scope: Scope, entry: Resource, typename: string) {
    this.scope = scope;
    this.entry = entry;
    this.__typename = typename;
  }

  get uniqueId(): string {
    return this.entry.unique_id;
  }

  get name(): string {
    return this.entry.name;
  }

  get resourceType(): string {
    return this.entry.resource_type;
  }

  get description(): string | null {
    return this.entry.description ?? null;
  }

  get filePath(): string {
    return this.entry.original_file_path ?? this.entry.path ?? "";
  }

  get patchPath(): string | null {
    return this.entry.patch_path ?? null;
  }

  get fqn(): string[] {
    return this.entry.fqn ?? [];
  }

  get packageName(): string | null {
    return this.entry.package_name ?? null;
  }

  get meta(): object {
    return metaOf(this.entry);
  }

  get tags(): string[] {
    return tagsOf(this.entry);
  }

  get accountId(): number {
    return this.scope.record.accountId;
  }

  get environmentId(): number {
    return this.scope.record.environment.id;
  }

  get projectId(): number {
    return this.scope.record.environment.projectId;
  }

  get dbtVersion(): string | null {
    return this.scope.metadata.dbt_version ?? null;
  }

  get manifestGeneratedAt(): string | null {
    return this.scope.metadata.generated_at ?? null;
  }

  /** Of a definition: when its manifest was written. */
  get runGeneratedAt(): string | null {
    return this.manifestGeneratedAt;
  }

  get runId(): number {
    return this.scope.run.id;
  }

  get jobDefinitionId(): number | null {
    return this.scope.run.jobId;
  }

  get jobId(): number | null {
    return this.scope.run.jobId;
  }

  get parents(): Node[] {
    return this.#nested(this.scope.graph.parents(this.entry));
  }

  /** Tests are among them. */
  get children(): Node[] {
    return this.#nested(this.scope.graph.children(this.uniqueId));
  }

  get tests(): Node[] {
    return this.scope.graph.tests(this.uniqueId).map((test) => this.scope.nested(test));
  }

  /** Nearest first; of all kinds where the field takes none. Macros are none of these unless asked for. */
  ancestors({ types }: { types?: readonly Kind[] }): Node[] {
    const { graph } = this.scope;
    const found = graph.ancestors(this.entry);
    if (types?.includes("Macro")) {
      found.push(...graph.walk(this.entry, ({ depends_on }) => depends_on?.macros ?? []));
    }
    return found
      .filter((resource) => types === undefined || types.some((type) => type === kindOf(resource)))
      .map((resource) => this.scope.nested(resource));
  }

  #nested(uniqueIds: readonly string[]): Node[] {
    return uniqueIds.flatMap((id) => {
      const resource = this.scope.graph.get(id);
      return resource === null ? [] : [this.scope.nested(resource)];
    });
  }
}
