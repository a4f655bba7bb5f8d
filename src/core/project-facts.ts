/** What is known of projects, in SQL. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { ProjectSummary } from "./answers.ts";
import { amongKeys, type Facts, pageOf } from "./facts.ts";
import { isCurrent, type ModelSelection } from "./filters.ts";
import { selectedModels } from "./model-facts.ts";
import type { Scope } from "./scope.ts";

type ProjectRow = Row & Omit<ProjectSummary, "environments"> & { project_key: number };

/** A page of the projects by id, with counts for the environment in question, and how many there are in all. */
export async function listedProjects(
  facts: Facts,
  scope: Scope,
  models: ModelSelection | null,
  page: { offset: number; limit: number },
): Promise<{ projects: ProjectSummary[]; total: number }> {
  const query = sql`
    SELECT p.project_key, p.project_id, p.name, p.dbt_project_name, p.adapter_type, p.created_at, p.updated_at, p.url,
      (SELECT count(*) FROM nodes n JOIN environments e USING (environment_key)
       WHERE n.project_key = p.project_key AND n.resource_type = 'model' AND ${isCurrent}
         AND ${amongKeys("n.environment_key", scope.environmentKeys)}) AS model_count,
      (SELECT count(*) FROM jobs j WHERE j.project_key = p.project_key AND NOT j.removed
         AND (j.environment_key IS NULL OR ${amongKeys("j.environment_key", scope.environmentKeys)})) AS job_count
    FROM projects p
    WHERE ${amongKeys("p.project_key", scope.projectKeys)} AND ${hasModels(models)}`;
  const { rows, total } = await pageOf<ProjectRow>(facts, query, raw("project_id, project_key"), page);
  const environments = await facts.rows<
    Row & { project_key: number; environment_id: string; name: string; type: string }
  >(sql`
    SELECT project_key, environment_id, name, type FROM environments
    WHERE NOT removed AND ${amongKeys(
      "project_key",
      rows.map((row) => row.project_key),
    )} ORDER BY environment_id`);
  const projects = rows.map(({ project_key, total: _, ...project }) => ({
    ...project,
    environments: environments
      .filter((environment) => environment.project_key === project_key)
      .map(({ environment_id, name, type }) => ({ environment_id, name, type })),
  }));
  return { projects, total };
}

function hasModels(models: ModelSelection | null): Sql {
  if (models === null) return sql`TRUE`;
  return sql`p.project_key IN (SELECT project_key FROM nodes WHERE node_key IN (SELECT node_key FROM (${selectedModels(models)})))`;
}
