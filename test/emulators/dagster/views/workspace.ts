/** Code locations, their repositories and jobs, and how the ops of a job hang together. */
import { pythonError } from "../errors.ts";
import { hexOf } from "../ids.ts";
import type { Job, Location, Op, Repository } from "../world.ts";
import { assetNodeView } from "./assets.ts";
import { scheduleView, sensorView } from "./instigators.ts";
import { listRuns, runView } from "./runs.ts";
import { keyView, type Serving, tagViews, type View } from "./view.ts";

export function locationEntryView(serving: Serving, location: Location): View {
  const { name, loadError, updatedAt } = location;
  return {
    __typename: "WorkspaceLocationEntry",
    id: name,
    name,
    loadStatus: "LOADED",
    updatedTimestamp: updatedAt,
    versionKey: String(updatedAt),
    displayMetadata: [],
    permissions: [],
    featureFlags: [],
    definitionsSource: "CODE_SERVER",
    defsStateInfo: null,
    // No captured exception: the answer's status stays 200.
    locationOrLoadError: () =>
      loadError === null ? locationView(serving, location) : pythonError(loadError),
  };
}

function locationView(serving: Serving, location: Location): View {
  const { name, repositories } = location;
  return {
    __typename: "RepositoryLocation",
    id: name,
    name,
    isReloadSupported: true,
    environmentPath: null,
    serverId: hexOf(name, 12),
    dagsterLibraryVersions: null,
    repositories: () => repositories.map((one) => repositoryView(serving, location, one)),
  };
}

export function repositoryView(serving: Serving, location: Location, repository: Repository): View {
  const { name, jobs, assets, schedules, sensors } = repository;
  const jobViews = (typename: string) => () =>
    [...jobs]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((job) => jobView(serving, { location, repository, job }, typename));
  return {
    __typename: "Repository",
    id: hexOf(`${location.name} ${name}`, 40),
    name,
    location: () => locationView(serving, location),
    origin: {
      id: hexOf(`${location.name} ${name}`, 40),
      repositoryName: name,
      repositoryLocationName: location.name,
      repositoryLocationMetadata: [],
    },
    displayMetadata: [],
    jobs: jobViews("Job"),
    pipelines: jobViews("Pipeline"),
    schedules: () => schedules.map((one) => scheduleView(serving, location, repository, one)),
    sensors: ({ sensorType }: { sensorType?: string | null }) =>
      sensorType && sensorType !== "STANDARD"
        ? []
        : sensors.map((one) => sensorView(serving, location, repository, one)),
    assetNodes: () => assets.map((asset) => assetNodeView(serving, { asset, location, repository })),
    assetGroups: () =>
      [...new Set(assets.map(({ group }) => group))].map((groupName) => ({
        id: `${location.name} ${name} ${groupName}`,
        groupName,
        assetKeys: assets.filter(({ group }) => group === groupName).map(({ key }) => keyView(key)),
      })),
  };
}

interface Place {
  location: Location;
  repository: Repository;
  job: Job;
}

/** As a Job or as a Pipeline, which are two types for the same. */
export function jobView(serving: Serving, { location, repository, job }: Place, typename: string): View {
  const { name, ops } = job;
  return {
    __typename: typename,
    id: hexOf(`${location.name} ${repository.name} ${name}`, 40),
    name,
    description: job.description,
    isJob: true,
    isAssetJob: job.isAssetJob,
    graphName: name,
    nodeNames: ops.filter(({ handle }) => !handle.includes(".")).map(({ handle }) => handle),
    tags: tagViews(job.tags),
    runTags: tagViews(job.tags),
    metadataEntries: [],
    owners: [],
    externalJobSource: null,
    parentSnapshotId: null,
    pipelineSnapshotId: hexOf(`${name} ${ops.map(({ handle }) => handle).join(" ")}`, 40),
    repository: () => repositoryView(serving, location, repository),
    schedules: () =>
      repository.schedules
        .filter(({ jobName }) => jobName === name)
        .map((one) => scheduleView(serving, location, repository, one)),
    sensors: () =>
      repository.sensors
        .filter(({ jobNames }) => jobNames.includes(name))
        .map((one) => sensorView(serving, location, repository, one)),
    runs: ({ cursor, limit }: { cursor?: string | null; limit?: number | null }) =>
      // By the hidden tag of the repository: runs from outside the workspace are missing.
      listRuns(serving, {
        filter: {
          pipelineName: name,
          tags: [{ key: ".dagster/repository", value: `${repository.name}@${location.name}` }],
        },
        cursor: cursor ?? null,
        limit: limit ?? null,
      }).map((run) => runView(serving, run)),
    solidHandles: ({ parentHandleID }: { parentHandleID?: string | null }) =>
      handles(job, parentHandleID ?? null).map((op) => handleView(job, op)),
    solidHandle: ({ handleID }: { handleID: string }) => {
      const op = ops.find(({ handle }) => handle === handleID);
      return op === undefined ? null : handleView(job, op);
    },
  };
}

/** All without a parent named, those at the top for "", else the children of one. */
function handles({ ops }: Job, parent: string | null): Op[] {
  return ops
    .filter(({ handle }) => parent === null || parentOf(handle) === parent)
    .sort((one, other) => (one.handle < other.handle ? -1 : 1));
}

const parentOf = (handle: string) => handle.split(".").slice(0, -1).join(".");
const nameOf = (handle: string) => handle.split(".").at(-1) ?? handle;

function handleView(job: Job, op: Op): View {
  const parent = job.ops.find(({ handle }) => handle === parentOf(op.handle));
  return {
    __typename: "SolidHandle",
    handleID: op.handle,
    parent: () => (parent === undefined ? null : handleView(job, parent)),
    solid: () => solidView(job, op),
  };
}

function solidView(job: Job, op: Op): View {
  const isGraph = job.ops.some(({ handle }) => parentOf(handle) === op.handle);
  const name = nameOf(op.handle);
  return {
    __typename: "Solid",
    name,
    isDynamicMapped: false,
    definition: {
      __typename: isGraph ? "CompositeSolidDefinition" : "SolidDefinition",
      name,
      description: null,
      metadata: [],
    },
    inputs: () =>
      op.after.map((upstream) => ({
        definition: { name: nameOf(upstream), description: null },
        dependsOn: () => {
          const found = job.ops.find(({ handle }) => handle === upstream);
          return found === undefined
            ? []
            : [{ definition: { name: "result", description: null }, solid: () => solidView(job, found) }];
        },
      })),
    outputs: [{ definition: { name: "result", description: null } }],
  };
}

/** The place of a job by the names that a selector has. */
export function findJob(
  { world }: Serving,
  selector: { pipelineName: string; repositoryName: string; repositoryLocationName: string },
): Place | null {
  const location = world.locations.find(({ name }) => name === selector.repositoryLocationName);
  const repository = location?.repositories.find(({ name }) => name === selector.repositoryName);
  const job = repository?.jobs.find(({ name }) => name === selector.pipelineName);
  return location && repository && job ? { location, repository, job } : null;
}
