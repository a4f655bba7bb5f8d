/** All operations, in the order in which every front end lists them. */
import type { Operation } from "../src/operation.ts";
import getJob from "./get-job.ts";
import getModel from "./get-model.ts";
import getModelsWithRuntime from "./get-models-with-runtime.ts";
import getProject from "./get-project.ts";
import getRun from "./get-run.ts";
import getRunEvents from "./get-run-events.ts";
import healthDashboard from "./health-dashboard.ts";
import listJobs from "./list-jobs.ts";
import listModels from "./list-models.ts";
import listProjects from "./list-projects.ts";
import listRuns from "./list-runs.ts";
import longestRunningJobs from "./longest-running-jobs.ts";
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
  getRunEvents,
];
