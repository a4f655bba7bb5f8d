/**
 * What dbt writes into its artifacts, as far as the Discovery API shows it: manifest v12, run-results v6,
 * sources v3, catalog v1. Versions of dbt differ in what they leave out, so nearly everything is optional.
 */

export type Json = Record<string, unknown>;

export interface Metadata {
  dbt_version?: string;
  generated_at?: string;
  invocation_id?: string;
  project_name?: string;
  adapter_type?: string;
}

export interface Period {
  count?: number | null;
  period?: string | null;
}

export interface Criteria {
  warn_after?: Period | null;
  error_after?: Period | null;
}

export interface Constraint {
  type?: string;
  name?: string | null;
  expression?: string | null;
  columns?: string[] | null;
  warn_unenforced?: boolean;
  warn_unsupported?: boolean;
}

export interface ManifestColumn {
  description?: string;
  meta?: Json;
  tags?: string[];
}

/** Any entry of a manifest: a node, source, macro, exposure, metric, group, ... */
export interface Resource {
  unique_id: string;
  resource_type: string;
  name: string;
  package_name?: string;
  path?: string;
  original_file_path?: string;
  patch_path?: string | null;
  root_path?: string | null;
  fqn?: string[];
  tags?: string[];
  description?: string | null;
  label?: string | null;
  meta?: Json;
  config?: Json;
  depends_on?: { nodes?: string[]; macros?: string[] };

  alias?: string;
  database?: string | null;
  schema?: string;
  relation_name?: string | null;
  access?: string;
  group?: string | null;
  version?: string | number | null;
  latest_version?: string | number | null;
  deprecation_date?: string | null;
  language?: string;
  raw_code?: string;
  raw_sql?: string;
  compiled_code?: string | null;
  compiled_sql?: string | null;
  columns?: Record<string, ManifestColumn>;
  constraints?: Constraint[];

  test_metadata?: { name?: string; namespace?: string | null; kwargs?: Json } | null;
  column_name?: string | null;
  attached_node?: string | null;

  /** Of a unit test: the name of the tested model. Of a semantic model: a reference to its model. */
  model?: string;
  given?: UnitTestRows[];
  expect?: UnitTestRows;
  overrides?: Json | null;
  this_input_node_unique_id?: string | null;

  source_name?: string;
  source_description?: string;
  identifier?: string;
  loader?: string;
  freshness?: Criteria | null;

  type?: string;
  maturity?: string | null;
  url?: string | null;
  owner?: { name?: string | null; email?: string | null };

  macro_sql?: string;
  arguments?: { name?: string; type?: string | null; description?: string }[];

  filter?: Json | null;
  type_params?: Json;
  entities?: { name?: string; type?: string; description?: string | null }[];
  dimensions?: { name?: string; type?: string; description?: string | null; type_params?: Json | null }[];
  measures?: Measure[];

  query_params?: {
    metrics?: string[];
    group_by?: string[];
    order_by?: string[];
    limit?: number | null;
    where?: { where_filters?: { where_sql_template?: string }[] } | null;
  };
  exports?: {
    name?: string;
    config?: {
      export_as?: string;
      alias?: string | null;
      database?: string | null;
      schema_name?: string | null;
    };
  }[];
}

export interface UnitTestRows extends Json {
  rows?: unknown;
}

export interface Measure {
  name?: string;
  agg?: string;
  description?: string | null;
  expr?: string | null;
  create_metric?: boolean;
}

export interface Manifest {
  metadata: Metadata;
  nodes?: Record<string, Resource>;
  sources?: Record<string, Resource>;
  unit_tests?: Record<string, Resource>;
  exposures?: Record<string, Resource>;
  macros?: Record<string, Resource>;
  metrics?: Record<string, Resource>;
  semantic_models?: Record<string, Resource>;
  saved_queries?: Record<string, Resource>;
  groups?: Record<string, Resource>;
}

export interface RunResults {
  metadata: Metadata;
  args?: Json;
  elapsed_time?: number;
  results: RunResult[];
}

export interface RunResult {
  unique_id: string;
  status: string;
  thread_id?: string;
  execution_time?: number;
  message?: string | null;
  failures?: number | null;
  compiled_code?: string | null;
  timing?: { name: string; started_at?: string | null; completed_at?: string | null }[];
}

export interface Sources {
  metadata: Metadata;
  elapsed_time?: number;
  results: SourceResult[];
}

export interface SourceResult {
  unique_id: string;
  status: string;
  max_loaded_at?: string | null;
  snapshotted_at?: string | null;
  max_loaded_at_time_ago_in_s?: number | null;
  criteria?: Criteria | null;
}

export interface Catalog {
  metadata: Metadata;
  nodes?: Record<string, CatalogEntry>;
  sources?: Record<string, CatalogEntry>;
}

export interface CatalogEntry {
  metadata?: { type?: string; comment?: string | null; owner?: string | null };
  columns?: Record<string, { name?: string; type?: string; index?: number; comment?: string | null }>;
  stats?: Record<string, CatalogStat>;
}

export interface CatalogStat {
  id?: string;
  label?: string;
  value?: unknown;
  include?: boolean;
  description?: string;
}

/** The commands that write run results without building anything; their timings are of no run. */
const BUILDS_NOTHING: ReadonlySet<string> = new Set([
  "generate",
  "docs",
  "compile",
  "list",
  "ls",
  "parse",
  "show",
]);

/** Whether a command, as `args.which` names it, builds or tests what it reports. */
export function builds(which: string): boolean {
  return !BUILDS_NOTHING.has(which);
}
