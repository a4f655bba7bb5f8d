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
   * The rows that a run hangs on; null for one of a location that is not read. A run that was started outside of a
   * workspace does not say where its job lives: see `guessOf`.
   */
  placeOf(jobName: string, locationName: string | null): Place | null {
    const { location } =
      locationName === null ? this.guessOf(jobName) : { location: this.#byName.get(locationName) };
    if (location === undefined) return null;
    const { environment } = this;
    const known = location.jobs.find((job) => job.job_id === jobName);
    return { project: location.project, environment, job: known ?? unlisted(jobName) };
  }

  /** The first location that has a job of that name, else the first there is; `sure` where no other could be meant. */
  guessOf(jobName: string): { location: Location | undefined; sure: boolean } {
    const having = this.locations.filter(({ jobs }) => jobs.some((job) => job.job_id === jobName));
    const candidates = having.length > 0 ? having : this.locations;
    return { location: candidates[0], sure: candidates.length === 1 };
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
