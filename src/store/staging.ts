/**
 * Where a load waits until it is published: temporary tables of the writer's own in-memory instance.
 *
 * Bulk columns hold only numbers and enter DuckDB by the vector, which was measured to be five times as fast
 * as handing over values; text is looked up in the table of words when the load is merged.
 */
import type { DuckDBAppender, DuckDBConnection, DuckDBType } from "@duckdb/node-api";
import { Digests } from "./digests.ts";
import { type DuckDb, loadDuckDb } from "./engine.ts";
import { BulkTable, columnsOf, RowTable, VECTOR } from "./staged-rows.ts";
import {
  BULK_TABLES,
  type BulkTableName,
  ROW_TABLES,
  type RowTableName,
  type Staged,
  type StagedType,
  stagingTable,
} from "./staged-tables.ts";
import type {
  Batch,
  DefinitionsUnit,
  EnvironmentRow,
  InvocationUnit,
  JobRow,
  LedgerUnit,
  ProjectRow,
  RunRow,
  RunUnit,
  SourceRef,
  Unit,
} from "./units.ts";
import { addHierarchy, addState } from "./whole-tellings.ts";

type StagedTables = Record<BulkTableName, BulkTable> & Record<RowTableName, RowTable>;

/**
 * The loads of one connection on their way in, one after the other. Units are numbered in the order in which they
 * came. The tables stay from one load to the next; only those that a load has filled are made anew.
 */
export class Staging {
  #units = 0;
  #words = 0;
  #digests = new Digests();

  private constructor(
    private readonly duckdb: DuckDb,
    private readonly connection: DuckDBConnection,
    private readonly tables: StagedTables,
  ) {}

  static async open(connection: DuckDBConnection): Promise<Staging> {
    const duckdb = await loadDuckDb();
    const types: Record<StagedType, DuckDBType> = {
      INTEGER: duckdb.INTEGER,
      DOUBLE: duckdb.DOUBLE,
      BOOLEAN: duckdb.BOOLEAN,
      VARCHAR: duckdb.VARCHAR,
      "VARCHAR[]": duckdb.LIST(duckdb.VARCHAR),
    };
    const bulkTable = async (name: BulkTableName): Promise<BulkTable> => {
      const columns = BULK_TABLES[name].map(([, type]) => types[type]);
      const appender = await emptyTable(connection, name, BULK_TABLES[name]);
      return new BulkTable(name, appender, duckdb.DuckDBDataChunk.create(columns, VECTOR));
    };
    const rowTable = async (name: RowTableName): Promise<RowTable> => {
      const columns = ROW_TABLES[name].map(([, type]) => types[type]);
      return new RowTable(duckdb, columns, await emptyTable(connection, name, ROW_TABLES[name]));
    };
    return new Staging(duckdb, connection, {
      s_nodes: await bulkTable("s_nodes"),
      s_edges: await bulkTable("s_edges"),
      s_executions: await bulkTable("s_executions"),
      s_freshness: await bulkTable("s_freshness"),
      s_words: await rowTable("s_words"),
      s_hierarchies: await rowTable("s_hierarchies"),
      s_projects: await rowTable("s_projects"),
      s_environments: await rowTable("s_environments"),
      s_jobs: await rowTable("s_jobs"),
      s_units: await rowTable("s_units"),
      s_definitions: await rowTable("s_definitions"),
      s_runs: await rowTable("s_runs"),
      s_invocations: await rowTable("s_invocations"),
      s_states: await rowTable("s_states"),
      s_reported_health: await rowTable("s_reported_health"),
      s_reported_freshness: await rowTable("s_reported_freshness"),
      s_conditions: await rowTable("s_conditions"),
      s_ledger: await rowTable("s_ledger"),
    });
  }

  /** True while nothing has been sent. */
  get empty(): boolean {
    return this.#units === 0;
  }

  /** Whether this load has rows for a table: a step of the merge that looks only at others can be left out. */
  has(table: keyof StagedTables): boolean {
    return this.tables[table].length > 0;
  }

  add(batch: Batch): void {
    for (const word of batch.words) {
      this.tables.s_words.add([this.#words++, word]);
      this.#digests.addWord(word);
    }
    for (const unit of batch.units) this.#add(this.#units++, unit);
  }

  #add(u: number, unit: Unit): void {
    if (unit.kind === "hierarchy") addHierarchy(this.tables, u, unit);
    else if (unit.kind === "definitions") this.#definitions(u, unit);
    else if (unit.kind === "run") this.#run(u, unit);
    else if (unit.kind === "invocation") this.#invocation(u, unit);
    else if (unit.kind === "state") addState(this.tables, u, unit);
    else this.#ledger(u, unit);
  }

  #unit(
    u: number,
    source: SourceRef,
    project: ProjectRow,
    environment: EnvironmentRow | null,
    firstAt: number | null,
    seenAt: number | null,
  ): void {
    this.tables.s_units.add([
      u,
      source.id,
      source.system,
      project.project_id,
      project.name,
      project.dbt_project_name,
      project.adapter_type,
      project.url,
      project.created_at,
      project.updated_at,
      environment?.environment_id ?? null,
      environment?.name ?? null,
      environment?.type ?? null,
      firstAt,
      seenAt,
    ]);
  }

  #definitions(u: number, unit: DefinitionsUnit): void {
    this.#unit(u, unit.source, unit.project, unit.environment, unit.generated_at, unit.generated_at);
    const nodes = columnsOf("s_nodes", unit.nodes);
    const edges = columnsOf("s_edges", unit.edges);
    this.tables.s_definitions.add([
      u,
      unit.invocation_id,
      unit.generated_at,
      unit.schema_version,
      unit.dbt_version,
      unit.location,
      unit.nodes.length,
      `${this.#digests.rows(nodes, unit.nodes.length)}${this.#digests.rows(edges, unit.edges.length)}`,
    ]);
    this.tables.s_nodes.add(u, nodes, unit.nodes.length);
    this.tables.s_edges.add(u, edges, unit.edges.length);
  }

  #run(u: number, unit: RunUnit): void {
    const { run } = unit;
    const firstAt = run.queued_at ?? run.started_at ?? run.ended_at;
    const seenAt = run.ended_at ?? run.started_at ?? run.queued_at;
    this.#unit(u, unit.source, unit.project, unit.environment, firstAt, seenAt);
    this.#runOf(u, unit.job, run);
  }

  #runOf(u: number, job: JobRow, run: RunRow): void {
    this.tables.s_runs.add([
      u,
      job.job_id,
      job.name,
      job.schedule,
      job.commands,
      job.url,
      job.removed ?? false,
      run.run_id,
      run.derived,
      run.status,
      run.raw_status,
      run.queued_at,
      run.started_at,
      run.ended_at,
      run.trigger,
      run.commit_sha,
      run.branch,
      run.url,
      run.error_message,
      run.results_read,
      run.kind,
    ]);
  }

  #invocation(u: number, unit: InvocationUnit): void {
    const { invocation } = unit;
    const firstAt = invocation.started_at ?? invocation.ended_at;
    this.#unit(u, unit.source, unit.project, unit.environment, firstAt, invocation.ended_at);
    this.#runOf(u, unit.job, unit.run);
    this.tables.s_invocations.add([
      u,
      invocation.invocation_id,
      invocation.kind,
      invocation.command,
      invocation.command_line,
      invocation.builds,
      invocation.tests,
      invocation.full_refresh,
      invocation.complete,
      invocation.stand_in,
      invocation.status,
      invocation.started_at,
      invocation.ended_at,
      invocation.elapsed_s,
      invocation.dbt_version,
      invocation.location,
    ]);
    const { executions, freshness } = unit;
    if (executions !== null) {
      this.tables.s_executions.add(u, columnsOf("s_executions", executions), executions.length);
    }
    if (freshness !== null) {
      this.tables.s_freshness.add(u, columnsOf("s_freshness", freshness), freshness.length);
    }
  }

  #ledger(u: number, unit: LedgerUnit): void {
    this.tables.s_ledger.add([
      u,
      unit.source.id,
      unit.source.system,
      unit.scope,
      unit.synced_at,
      unit.revision,
      unit.watermark,
      unit.complete,
      unit.notes,
    ]);
  }

  /** Appends rows of text to a temporary table of the merge. */
  async appendTexts(table: string, rows: (string | null)[][]): Promise<void> {
    const width = rows[0]?.length ?? 0;
    const types = Array.from({ length: width }, () => this.duckdb.VARCHAR);
    const target = new RowTable(
      this.duckdb,
      types,
      await this.connection.createAppender(table, "main", "temp"),
    );
    for (const row of rows) target.add(row);
    target.flush();
    target.close();
  }

  /** Makes all that was added visible to SQL on this connection. */
  flush(): void {
    for (const table of Object.values(this.tables)) table.flush();
  }

  /** Drops the load. Appenders that hold rows would complain of them, so that they are emptied first. */
  async discard(): Promise<void> {
    const schemas = Object.entries({ ...BULK_TABLES, ...ROW_TABLES });
    const tables = new Map<string, BulkTable | RowTable>(Object.entries(this.tables));
    for (const [name, columns] of schemas) {
      const table = tables.get(name);
      if (table === undefined || table.length === 0) continue;
      table.close();
      table.reopen(await emptyTable(this.connection, name, columns));
    }
    this.#units = 0;
    this.#words = 0;
    this.#digests = new Digests();
  }
}

/** Makes a table, in the place of one of that name, and the way into it. */
async function emptyTable(
  connection: DuckDBConnection,
  name: string,
  columns: readonly Staged[],
): Promise<DuckDBAppender> {
  await connection.run(stagingTable(name, columns));
  return connection.createAppender(name, "main", "temp");
}
