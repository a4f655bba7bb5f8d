/** The ops of jobs that are no asset jobs: their steps are what such a job's time goes into. */
import { objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";
import { OP_JOBS_DOCUMENT, opsDocument } from "./documents.ts";
import { isAdHocJob } from "./ids.ts";
import type { DagsterVisit } from "./visit.ts";

/** Jobs of one request. */
const AT_ONCE = 20;

export interface JobOps {
  location: string;
  job: string;
  /** As steps are called: `graph.op` within a graph. */
  handles: string[];
}

/** The ops of each job, graphs opened, and which locations have loaded: of the others nothing is told. */
export async function readOps(visit: DagsterVisit): Promise<{ jobs: JobOps[]; loaded: string[] }> {
  const { api, context, platform } = visit;
  const data = await api.ask(OP_JOBS_DOCUMENT, {}, context.signal);
  const { nodes } = api.memberOf(data, "repositoriesOrError", "RepositoryConnection");
  const repositories = objectsOf(nodes);
  const loaded = repositories.flatMap(({ location }) => textOf(objectOf(location).name) ?? []);
  const jobs = repositories.flatMap((repository) => {
    const location = textOf(objectOf(repository.location).name) ?? "";
    if (!platform.wants(location)) return [];
    return objectsOf(repository.jobs).flatMap(({ name, isAssetJob }) => {
      const job = textOf(name);
      if (job === null || isAssetJob === true || isAdHocJob(job)) return [];
      return [{ location, job, repository: textOf(repository.name) ?? "" }];
    });
  });
  const found: JobOps[] = [];
  for (let at = 0; at < jobs.length; at += AT_ONCE) {
    const part = jobs.slice(at, at + AT_ONCE);
    const selectors = part.map(({ location, job, repository }) => ({
      repositoryLocationName: location,
      repositoryName: repository,
      pipelineName: job,
    }));
    const variables = Object.fromEntries(selectors.map((selector, index) => [`p${index}`, selector]));
    const answer = await api.ask(() => opsDocument(part.length), variables, context.signal);
    for (const [index, { location, job }] of part.entries()) {
      const pipeline = api.memberOrNull(answer, `j${index}`, "Pipeline");
      // Null: it is gone since the jobs were listed.
      if (pipeline !== null) found.push({ location, job, handles: handlesOf(pipeline) });
    }
  }
  return { jobs: found, loaded };
}

/** Graphs are only what holds ops together. */
function handlesOf(pipeline: WireObject): string[] {
  return objectsOf(pipeline.solidHandles).flatMap(({ handleID, solid }) => {
    const { __typename } = objectOf(objectOf(solid).definition);
    const handle = textOf(handleID);
    return handle === null || __typename !== "SolidDefinition" ? [] : [handle];
  });
}
