/** The rows that a run or a result hangs on. */
import type { EnvironmentRow, JobRow, ProjectRow } from "../../store/units.ts";

export interface Place {
  project: ProjectRow;
  environment: EnvironmentRow;
  job: JobRow;
}
