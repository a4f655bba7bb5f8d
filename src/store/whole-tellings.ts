/** Stages what a source tells as a whole: its projects, environments and jobs, and how they stand. */
import type { RowTable } from "./staged-rows.ts";
import type { RowTableName } from "./staged-tables.ts";
import type { HierarchyUnit, StateUnit } from "./units.ts";

type RowTables = Readonly<Record<RowTableName, RowTable>>;

export function addHierarchy(rows: RowTables, u: number, unit: HierarchyUnit): void {
  rows.s_hierarchies.add([u, unit.source.id, unit.source.system, unit.seen_at]);
  for (const { project, environments, jobs } of unit.projects) {
    const id = project.project_id;
    rows.s_projects.add([
      u,
      id,
      project.name,
      project.dbt_project_name,
      project.adapter_type,
      project.url,
      project.created_at,
      project.updated_at,
    ]);
    for (const { environment_id, name, type } of environments) {
      rows.s_environments.add([u, id, environment_id, name, type]);
    }
    for (const { environment_id, job } of jobs) {
      const { job_id, name, schedule, commands, url } = job;
      rows.s_jobs.add([u, id, environment_id, job_id, name, schedule, commands, url]);
    }
  }
}

export function addState(rows: RowTables, u: number, unit: StateUnit): void {
  rows.s_states.add([u, unit.source.id, unit.source.system, unit.seen_at]);
  for (const { project_id, environment_id, health, freshness } of unit.nodes) {
    const place = [u, project_id, environment_id];
    for (const { unique_id, status, raw_status, reasons, reported_at } of health) {
      rows.s_reported_health.add([...place, unique_id, status, raw_status, reasons, reported_at]);
    }
    for (const row of freshness) {
      rows.s_reported_freshness.add([
        ...place,
        row.unique_id,
        row.status,
        row.raw_status,
        row.criterion,
        row.message,
        row.max_loaded_at,
        row.checked_at,
        row.warn_after_s,
        row.error_after_s,
      ]);
    }
  }
  for (const { project_id, kind, subject, severity, message, since } of unit.conditions) {
    rows.s_conditions.add([u, project_id, kind, subject, severity, message, since]);
  }
}
