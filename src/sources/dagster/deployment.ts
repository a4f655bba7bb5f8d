/** What a deployment has: code locations with their jobs, and where a run belongs among them. */
import type { EnvironmentRow, HierarchyUnit, JobRow, ProjectRow, SourceRef } from "../../store/units.ts";
import type { Place } from "../visit/place.ts";
import { isAdHocJob } from "./ids.ts";

/** A code location, which is a project here. */
export interface Location {
  project: ProjectRow;
  jobs: readonly JobRow[];
}

export class Deployment {
  readonly locations: readonly Location[];
  readonly environment: EnvironmentRow;
  readonly #byName: Map<string, Location>;

  constructor(locations: readonly Location[], environment: EnvironmentRow) {
    this.locations = locations;
    this.environment = environment;
    this.#byName = new Map(locations.map((location) => [location.project.project_id, location]));
  }

  /** `seenAt` is in epoch microseconds. */
  unit(source: SourceRef, seenAt: number): HierarchyUnit {
    const { environment } = this;
    return {
      kind: "hierarchy",
      source,
      seen_at: seenAt,
      projects: this.locations.map(({ project, jobs }) => ({
        project,
        environments: [environment],
        jobs: jobs.map((job) => ({ environment_id: environment.environment_id, job })),
      })),
    };
  }

  location(name: string): Location | undefined {
    return this.#byName.get(name);
  }

  /**
   * The rows that a run hangs on. A run that was started outside of a workspace does not say where its job lives: it
   * belongs to the only location that has a job of that name, or that there is. Null where that cannot be told.
   */
  placeOf(jobName: string, locationName: string | null): Place | null {
    const location = this.#home(jobName, locationName);
    if (location === undefined) return null;
    const { environment } = this;
    const known = location.jobs.find((job) => job.job_id === jobName);
    return { project: location.project, environment, job: known ?? unlisted(jobName) };
  }

  #home(jobName: string, locationName: string | null): Location | undefined {
    if (locationName !== null) return this.#byName.get(locationName);
    const having = this.locations.filter(({ jobs }) => jobs.some((job) => job.job_id === jobName));
    const [only, another] = having.length > 0 ? having : this.locations;
    return another === undefined ? only : undefined;
  }
}

/** A job that nobody lists: made for a selection of assets, or gone. */
function unlisted(name: string): JobRow {
  return {
    job_id: name,
    name: isAdHocJob(name) ? "__ASSET_JOB" : name,
    schedule: null,
    commands: [],
    url: null,
    removed: true,
  };
}
