/** The fields of Query that are emulated, by their names. */
import { assetFields } from "./asset-query.ts";
import { type EventArgs, eventConnection } from "./events.ts";
import { instanceView } from "./instance.ts";
import { findInstigator, scheduleView, sensorView, stateView } from "./instigators.ts";
import { countRuns, listRuns, type RunsArgs, type RunsFilter, runView } from "./runs.ts";
import { captured, type Serving, type View } from "./view.ts";
import { findJob, jobView, locationEntryView, repositoryView } from "./workspace.ts";

export interface RepositorySelector {
  repositoryName: string;
  repositoryLocationName: string;
}

export interface QueryOptions {
  version: string;
}

/** Root of one request's answer. */
export function queryView(serving: Serving, { version }: QueryOptions): View {
  return {
    version,
    permissions: [],
    canBulkTerminate: true,
    shouldShowNux: false,
    instance: () => instanceView(serving),
    ...(serving.plus !== null && {
      currentDeployment: { deploymentId: 1, deploymentName: serving.plus.deployment },
    }),
    ...runFields(serving),
    ...workspaceFields(serving),
    ...instigatorFields(serving),
    ...assetFields(serving),
  };
}

function runFields(serving: Serving): View {
  const { history } = serving;
  const runOrError = ({ runId }: { runId: string }) => {
    const run = history.run(runId);
    return run === null ? runNotFound(runId) : runView(serving, run);
  };
  const runsOrError = (args: RunsArgs) =>
    captured(serving, () => ({
      __typename: "Runs",
      results: () => listRuns(serving, args).map((run) => runView(serving, run)),
      count: () => countRuns(serving, args.filter),
    }));
  return {
    runOrError,
    pipelineRunOrError: runOrError,
    runsOrError,
    pipelineRunsOrError: runsOrError,
    runIdsOrError: (args: RunsArgs) =>
      captured(serving, () => ({
        __typename: "RunIds",
        results: () => listRuns(serving, args).map(({ id }) => id),
      })),
    runGroupOrError: ({ runId }: { runId: string }) => runGroup(serving, runId),
    runsFeedCountOrError: ({ filter }: { filter?: RunsFilter | null }) => ({
      __typename: "RunsFeedCount",
      count: countRuns(serving, filter),
    }),
    logsForRun: ({ runId, ...args }: { runId: string } & EventArgs) =>
      captured(serving, () => {
        const run = history.run(runId);
        return run === null ? runNotFound(runId) : eventConnection(serving, run, args);
      }),
  };
}

function runNotFound(runId: string): View {
  return { __typename: "RunNotFoundError", runId, message: `Pipeline run ${runId} could not be found.` };
}

/** A run and those that repeat it. */
function runGroup(serving: Serving, runId: string): View {
  const run = serving.history.run(runId);
  if (run === null)
    return {
      __typename: "RunGroupNotFoundError",
      runId,
      message: `Run group of run ${runId} could not be found.`,
    };
  const rootRunId = run.rootRunId ?? run.id;
  const runs = serving.history.runs.filter((one) => one.id === rootRunId || one.rootRunId === rootRunId);
  return { __typename: "RunGroup", rootRunId, runs: () => runs.map((one) => runView(serving, one)) };
}

function workspaceFields(serving: Serving): View {
  const { world } = serving;
  const repositories = () =>
    world.locations.flatMap((location) =>
      location.repositories.map((repository) => ({ location, repository })),
    );
  const find = ({ repositoryName, repositoryLocationName }: RepositorySelector) =>
    repositories().find(
      ({ location, repository }) =>
        location.name === repositoryLocationName && repository.name === repositoryName,
    );
  const repositoryOr = (selector: RepositorySelector, view: (found: View) => View) => {
    const found = find(selector);
    return found === undefined
      ? repositoryNotFound(selector)
      : view(repositoryView(serving, found.location, found.repository));
  };
  return {
    workspaceOrError: () =>
      captured(serving, () => ({
        __typename: "Workspace",
        id: "Workspace",
        locationEntries: () => world.locations.map((one) => locationEntryView(serving, one)),
      })),
    locationStatusesOrError: () => ({
      __typename: "WorkspaceLocationStatusEntries",
      entries: world.locations.map(({ name, updatedAt }) => ({
        id: `location_status:${name}`,
        name,
        loadStatus: "LOADED",
        updateTimestamp: updatedAt,
        versionKey: String(updatedAt),
        permissions: [],
      })),
    }),
    // Locations that failed to load have no repositories, and nothing here says so.
    repositoriesOrError: ({ repositorySelector }: { repositorySelector?: RepositorySelector | null }) =>
      captured(serving, () =>
        repositorySelector
          ? repositoryOr(repositorySelector, (found) => ({
              __typename: "RepositoryConnection",
              nodes: [found],
            }))
          : {
              __typename: "RepositoryConnection",
              nodes: () =>
                repositories().map(({ location, repository }) =>
                  repositoryView(serving, location, repository),
                ),
            },
      ),
    repositoryOrError: ({ repositorySelector }: { repositorySelector: RepositorySelector }) =>
      captured(serving, () => repositoryOr(repositorySelector, (found) => found)),
    pipelineOrError: ({ params }: { params: RepositorySelector & { pipelineName: string } }) =>
      captured(serving, () => {
        const found = findJob(serving, params);
        if (found !== null) return jobView(serving, found, "Pipeline");
        const message = `Could not find Pipeline ${params.repositoryLocationName}.${params.repositoryName}.${params.pipelineName}`;
        return { __typename: "PipelineNotFoundError", message, ...params };
      }),
  };
}

function repositoryNotFound({ repositoryName, repositoryLocationName }: RepositorySelector): View {
  const message = `Could not find Repository ${repositoryLocationName}.${repositoryName}`;
  return { __typename: "RepositoryNotFoundError", message, repositoryName, repositoryLocationName };
}

type InstigatorSelector = RepositorySelector & { name: string };

function instigatorFields(serving: Serving): View {
  const inRepository = (
    selector: RepositorySelector,
    typename: string,
    results: (location: (typeof serving.world.locations)[number], name: string) => View[],
  ) => {
    const location = serving.world.locations.find(({ name }) => name === selector.repositoryLocationName);
    const isThere = location?.repositories.some(({ name }) => name === selector.repositoryName);
    if (location === undefined || !isThere) return repositoryNotFound(selector);
    return { __typename: typename, results: results(location, selector.repositoryName) };
  };
  return {
    schedulesOrError: (args: { repositorySelector: RepositorySelector; scheduleStatus?: string | null }) =>
      captured(serving, () =>
        inRepository(args.repositorySelector, "Schedules", (location, name) =>
          location.repositories
            .filter((repository) => repository.name === name)
            .flatMap((repository) =>
              repository.schedules
                .filter(({ status }) => !args.scheduleStatus || status === args.scheduleStatus)
                .map((one) => scheduleView(serving, location, repository, one)),
            ),
        ),
      ),
    sensorsOrError: (args: { repositorySelector: RepositorySelector; sensorStatus?: string | null }) =>
      captured(serving, () =>
        inRepository(args.repositorySelector, "Sensors", (location, name) =>
          location.repositories
            .filter((repository) => repository.name === name)
            .flatMap((repository) =>
              repository.sensors
                .filter(({ status }) => !args.sensorStatus || status === args.sensorStatus)
                .map((one) => sensorView(serving, location, repository, one)),
            ),
        ),
      ),
    scheduleOrError: ({
      scheduleSelector,
    }: {
      scheduleSelector: RepositorySelector & { scheduleName: string };
    }) =>
      captured(serving, () => {
        const found = findInstigator(serving, { ...scheduleSelector, name: scheduleSelector.scheduleName });
        const schedule = found?.repository.schedules.find(({ name }) => name === found.of.name);
        if (found !== null && schedule !== undefined)
          return scheduleView(serving, found.location, found.repository, schedule);
        const { scheduleName } = scheduleSelector;
        return {
          __typename: "ScheduleNotFoundError",
          message: `Schedule ${scheduleName} could not be found.`,
          scheduleName,
        };
      }),
    sensorOrError: ({ sensorSelector }: { sensorSelector: RepositorySelector & { sensorName: string } }) =>
      captured(serving, () => {
        const found = findInstigator(serving, { ...sensorSelector, name: sensorSelector.sensorName });
        const sensor = found?.repository.sensors.find(({ name }) => name === found.of.name);
        if (found !== null && sensor !== undefined)
          return sensorView(serving, found.location, found.repository, sensor);
        const { sensorName } = sensorSelector;
        return {
          __typename: "SensorNotFoundError",
          message: `Could not find \`${sensorName}\` in the currently loaded repository.`,
          sensorName,
        };
      }),
    instigationStateOrError: ({ instigationSelector }: { instigationSelector: InstigatorSelector }) =>
      captured(serving, () => {
        const found = findInstigator(serving, instigationSelector);
        if (found !== null) return stateView(serving, found);
        const { name } = instigationSelector;
        const message = `Could not find \`${name}\` in the currently loaded repository.`;
        return { __typename: "InstigationStateNotFoundError", message, name };
      }),
  };
}
