/** A run of a job: what the manifest has, and what the run did with it. */
import { type Filter, matches } from "./filters.ts";
import type { Kind } from "./graph.ts";
import { type PageRequest, pageOfRows } from "./paging.ts";
import { ExposureRow, MacroRow, MetricRow } from "./rows/definitions.ts";
import { ModelRow, SeedRow, SnapshotRow, SourceRow } from "./rows/relations.ts";
import type { RunScope } from "./rows/row.ts";
import { TestRow } from "./rows/tests.ts";

type Relations = PageRequest & Pick<Filter, "database" | "schema" | "identifier">;

/** A way to make the row of a resource. */
type RowOf<R> = new (scope: RunScope, uniqueId: string) => R;

/** `JobNode`. Each list has every resource of the manifest, whether the run had to do with it or not. */
export class JobRun {
  readonly #scope: RunScope;

  constructor(scope: RunScope) {
    this.#scope = scope;
  }

  get id(): number {
    return this.#scope.jobId;
  }

  get runId(): number {
    return this.#scope.record.run.id;
  }

  models(args: Relations): ModelRow[] {
    return this.#rows("Model", ModelRow, args);
  }

  model(args: { uniqueId: string }): ModelRow | null {
    return this.#row("Model", ModelRow, args.uniqueId);
  }

  seeds(args: PageRequest): SeedRow[] {
    return this.#rows("Seed", SeedRow, args);
  }

  seed(args: { uniqueId: string }): SeedRow | null {
    return this.#row("Seed", SeedRow, args.uniqueId);
  }

  snapshots(args: PageRequest): SnapshotRow[] {
    return this.#rows("Snapshot", SnapshotRow, args);
  }

  snapshot(args: { uniqueId: string }): SnapshotRow | null {
    return this.#row("Snapshot", SnapshotRow, args.uniqueId);
  }

  sources(args: Relations): SourceRow[] {
    return this.#rows("Source", SourceRow, args);
  }

  source(args: { uniqueId: string }): SourceRow | null {
    return this.#row("Source", SourceRow, args.uniqueId);
  }

  tests(args: PageRequest): TestRow[] {
    return this.#rows("Test", TestRow, args);
  }

  test(args: { uniqueId: string }): TestRow | null {
    return this.#row("Test", TestRow, args.uniqueId);
  }

  exposures(args: PageRequest): ExposureRow[] {
    return this.#rows("Exposure", ExposureRow, args);
  }

  exposure(args: { name: string }): ExposureRow | null {
    const found = this.#resources("Exposure").find(({ name }) => name === args.name);
    return found === undefined ? null : new ExposureRow(this.#scope, found.unique_id);
  }

  macros(args: PageRequest): MacroRow[] {
    return this.#rows("Macro", MacroRow, args);
  }

  macro(args: { uniqueId: string }): MacroRow | null {
    return this.#row("Macro", MacroRow, args.uniqueId);
  }

  metrics(args: PageRequest): MetricRow[] {
    return this.#rows("Metric", MetricRow, args);
  }

  metric(args: { uniqueId: string }): MetricRow | null {
    return this.#row("Metric", MetricRow, args.uniqueId);
  }

  #resources(kind: Kind) {
    return this.#scope.graph()?.of(kind) ?? [];
  }

  #rows<R>(kind: Kind, Row: RowOf<R>, args: Relations): R[] {
    const { database, schema, identifier } = args;
    const wanted = this.#resources(kind).filter((found) => matches(found, { database, schema, identifier }));
    return pageOfRows(wanted, args).map((found) => new Row(this.#scope, found.unique_id));
  }

  #row<R>(kind: Kind, Row: RowOf<R>, uniqueId: string): R | null {
    const found = this.#resources(kind).some(({ unique_id }) => unique_id === uniqueId);
    return found ? new Row(this.#scope, uniqueId) : null;
  }
}
