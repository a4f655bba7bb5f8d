/** All operations, in the order in which every front end lists them. */
import type { Operation } from "../src/operation.ts";
import getJob from "./get-job.ts";
import getLineage from "./get-lineage.ts";
import getModel from "./get-model.ts";
import getModelHealth from "./get-model-health.ts";
import getModelsWithRuntime from "./get-models-with-runtime.ts";
import getProject from "./get-project.ts";
import getRun from "./get-run.ts";
import getRunEvents from "./get-run-events.ts";
import getRuntimeTrend from "./get-runtime-trend.ts";
import getSourceFreshness from "./get-source-freshness.ts";
import getTestResults from "./get-test-results.ts";
import healthDashboard from "./health-dashboard.ts";
import listJobs from "./list-jobs.ts";
import listModels from "./list-models.ts";
import listProjects from "./list-projects.ts";
import listRuns from "./list-runs.ts";
import longestRunningJobs from "./longest-running-jobs.ts";
import querySql from "./query-sql.ts";
import slowestModels from "./slowest-models.ts";

export const operations: readonly Operation[] = [
  healthDashboard,
  listProjects,
  getProject,
  listJobs,
  getJob,
  listModels,
  getModel,
  listRuns,
  getRun,
  getModelsWithRuntime,
  slowestModels,
  longestRunningJobs,
  getRuntimeTrend,
  getModelHealth,
  getTestResults,
  getSourceFreshness,
  getLineage,
  getRunEvents,
  querySql,
];
