/** The applied state: what was built of the definition, and how that went. */
import { ROW_COUNT, statOf } from "./catalog.ts";
import type { CatalogEntry, Resource } from "./dbt.ts";
import { runStatus } from "./execution-info.ts";
import { type Filter, isOne, matches } from "./filters.ts";
import { freshnessStatus } from "./freshness.ts";
import type { Kind } from "./graph.ts";
import { type HistoryRequest, historicalRuns } from "./historical-runs.ts";
import { type LineageFilter, lineageOf } from "./lineage.ts";
import type { Scope } from "./nodes/node.ts";
import { connection, type PageRequest } from "./paging.ts";
import { countsOf, ofKinds, packagesOfKind, type ResourcesFilter, tagsOfAll } from "./resources.ts";
import type { ModelRow } from "./rows/relations.ts";

interface AppliedFilter extends Filter {
  /** Of models. */
  lastRunStatus?: string | null;
  /** Of tests. */
  status?: string | null;
  /** Of sources. */
  freshnessChecked?: boolean | null;
  freshnessStatus?: string | null;
}

interface Sort {
  field: "executeCompletedAt" | "queryUsageCount" | "rowCount" | "uniqueId";
  direction: "asc" | "desc";
}

type Args = PageRequest & { filter?: AppliedFilter | null; sort?: Sort | null };

/** Kinds that are in the applied state only where a run has attempted them. */
const ATTEMPTED: ReadonlySet<Kind> = new Set(["Model", "Seed", "Snapshot", "Test"]);

/** `AppliedState`. */
export class AppliedState {
  readonly #scope: Scope;
  readonly #since: number;

  constructor(scope: Scope, since: number) {
    this.#scope = scope;
    this.#since = since;
  }

  get lastUpdatedAt(): number | null {
    return this.#scope.record.lastUpdatedAt();
  }

  get latestGitSha(): string | null {
    return this.#scope.run.gitSha;
  }

  models(args: Args): object {
    return this.#connection("Model", args);
  }

  seeds(args: Args): object {
    return this.#connection("Seed", args);
  }

  snapshots(args: Args): object {
    return this.#connection("Snapshot", args);
  }

  sources(args: Args): object {
    return this.#connection("Source", args);
  }

  tests(args: Args): object {
    return this.#connection("Test", args);
  }

  exposures(args: Args): object {
    return this.#connection("Exposure", args);
  }

  resources(args: PageRequest & { filter: ResourcesFilter }): object {
    return connection(ofKinds(args.filter, this.#ofKind), args, this.#scope.node);
  }

  /** Of all resources of the manifest: what is never attempted, as an ephemeral model, is a link of the chain. */
  lineage({ filter }: { filter: LineageFilter }): object[] {
    return lineageOf(this.#scope, filter);
  }

  modelHistoricalRuns(request: HistoryRequest): ModelRow[] {
    return historicalRuns(this.#scope.record, request, this.#since);
  }

  packages({ resource }: { resource: "macro" | "model" }): readonly string[] {
    return packagesOfKind(this.#scope.graph, resource);
  }

  owners({ resource }: { resource: "exposure" | "group" }): object[] {
    const { graph } = this.#scope;
    const owners = (resource === "group" ? graph.groups : graph.of("Exposure")).map(({ owner }) => ({
      name: owner?.name ?? "",
      email: owner?.email ?? "",
    }));
    return [...new Map(owners.map((owner) => [`${owner.name}\n${owner.email}`, owner])).values()];
  }

  get resourceCounts(): object {
    return countsOf(this.#ofKind);
  }

  get tags(): object[] {
    return tagsOfAll(this.#scope.graph.all());
  }

  readonly #ofKind = (kind: Kind): readonly Resource[] => {
    const { graph, history } = this.#scope;
    const defined = graph.of(kind);
    return ATTEMPTED.has(kind) ? defined.filter(({ unique_id }) => history.attempted(unique_id)) : defined;
  };

  #connection(kind: Kind, args: Args): object {
    const filter = args.filter ?? {};
    const wanted = this.#ofKind(kind).filter((entry) => matches(entry, filter) && this.#fits(entry, filter));
    return connection(args.sort ? this.#sorted(wanted, args.sort) : wanted, args, this.#scope.node);
  }

  #fits({ unique_id }: Resource, filter: AppliedFilter): boolean {
    const { history, record } = this.#scope;
    const status = () => history.outcome(unique_id)?.last.status ?? "";
    const checked = () => record.freshness().get(unique_id) ?? null;
    return (
      isOne(filter.status, status) &&
      isOne(filter.lastRunStatus, () => runStatus(status())) &&
      isOne(filter.freshnessStatus, () => freshnessStatus(checked())) &&
      ((filter.freshnessChecked ?? null) === null || filter.freshnessChecked === (checked() !== null))
    );
  }

  /** What has no value comes last either way, and what is equal stands by unique id. */
  #sorted(resources: Resource[], { field, direction }: Sort): Resource[] {
    const sign = direction === "desc" ? -1 : 1;
    if (field === "uniqueId") return sign === 1 ? resources : resources.toReversed();
    const valued = resources.map((resource) => ({ resource, value: this.#valueOf(resource, field) }));
    valued.sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return sign * (a.value - b.value);
    });
    return valued.map(({ resource }) => resource);
  }

  #valueOf({ unique_id }: Resource, field: Exclude<Sort["field"], "uniqueId">): number | null {
    switch (field) {
      case "executeCompletedAt": {
        const completed = this.#scope.history.outcome(unique_id)?.success?.executeCompletedAt;
        return completed ? Date.parse(completed) : null;
      }
      case "rowCount":
        return statOf(this.#entryOf(unique_id), ROW_COUNT);
      case "queryUsageCount":
        // Nobody queries the emulated warehouse.
        return 0;
    }
  }

  #entryOf(uniqueId: string): CatalogEntry | null {
    return this.#scope.record.documentation()?.entry(uniqueId) ?? null;
  }
}
