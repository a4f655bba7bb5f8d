/** The way in: every question about projects, models, jobs and runs is asked of an account. */
import { RunlensError } from "../errors.ts";
import type { FactKind } from "../sources/source.ts";
import { criticalNodes } from "./bottlenecks.ts";
import { Dashboard, dashboard } from "./dashboard.ts";
import { Facts } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import {
  type FoundJob,
  type FoundModel,
  type FoundRun,
  findJob,
  findModel,
  noteUnknown,
  requireModels,
} from "./find.ts";
import type { FreshnessList, ModelHealthList, TestList } from "./health-item.ts";
import { Inquiry, jobOnly, MoreNeeded, modelFacts, needOf, parseStatuses, runFacts } from "./inquiry.ts";
import { Job } from "./job.ts";
import { jobDetail } from "./job-detail.ts";
import {
  type JobSelection,
  jobRuntimes,
  jobSummaries,
  listedJobs,
  longest,
  meantModels,
} from "./job-facts.ts";
import { type AskOptions, type Forgettable, type Knowledge, type RunLog, withView } from "./knowledge.ts";
import { type Dependency, type Impact, Lineage, MOST_LISTED } from "./lineage-item.ts";
import { lineageReport } from "./lineage-report.ts";
import { QueryMemory } from "./memory.ts";
import { Model } from "./model.ts";
import { modelDetail } from "./model-detail.ts";
import { listed, runtimes, slowest, summaries } from "./model-facts.ts";
import { modelHealth } from "./model-health.ts";
import type { List } from "./page.ts";
import { type PerformanceMetrics, performanceMetrics } from "./performance.ts";
import { Project } from "./project.ts";
import { listedProjects } from "./project-facts.ts";
import { checkQuestion } from "./question-check.ts";
import {
  type AnyQuestion,
  type Ask,
  type EventsQuestion,
  type FreshnessQuestion,
  type HealthQuestion,
  type JobQuestion,
  type JobsQuestion,
  type LineageQuestion,
  type LongestQuestion,
  type ModelQuestion,
  type ModelsQuestion,
  type ProjectQuestion,
  plain,
  type Question,
  type RunQuestion,
  type RunsQuestion,
  type SlowestQuestion,
  type TestsQuestion,
  type TrendQuestion,
} from "./questions.ts";
import { recordedEvents } from "./recorded-events.ts";
import { Event, EventList, Run } from "./run.ts";
import { runDetail } from "./run-detail.ts";
import { runEvents } from "./run-events.ts";
import { listedRuns, runSummaries } from "./run-facts.ts";
import { chooseScope, type Scope, type StandingFilter, unknownProject } from "./scope.ts";
import { sourceFreshness } from "./source-freshness.ts";
import { querySql, type SqlOptions, type SqlRows } from "./sql.ts";
import { testResults } from "./test-results.ts";
import { runtimeTrend, Trend, trendFacts } from "./trend.ts";
import { runsBefore } from "./usual.ts";
import { RUN_STATUSES } from "./vocabulary.ts";

/** Facts for questions about health, which may name jobs and runs. */
const OF_HEALTH: readonly FactKind[] = [
  "models",
  "jobs",
  "runs",
  "executions",
  "tests",
  "freshness",
  "lineage",
];

/** What holds for every answer of an account. */
export interface Standing {
  /** Choices of projects that every answer keeps to. */
  filters: readonly StandingFilter[];
  /** Sentences for the notes of every answer. */
  notes: readonly string[];
  /** True where answers name only the systems of the projects that they keep to. */
  isDiscreet: boolean;
}

export class Account {
  readonly #knowledge: Knowledge;
  readonly #standing: Standing;
  readonly #memory = new QueryMemory();

  constructor(knowledge: Knowledge, standing: Partial<Standing> = {}) {
    this.#knowledge = knowledge;
    this.#standing = { filters: [], notes: [], isDiscreet: false, ...standing };
  }

  /** All projects, or those that have models matching the filter. */
  getProjects(question: Question = {}, ask?: Ask): Promise<List<Project>> {
    return this.#answer(["projects", "models", "jobs"], question, ask, async (inquiry) => {
      const page = inquiry.page("list_projects", 20);
      const models = meantModels(inquiry.selection(1));
      const { projects, total } = await listedProjects(inquiry.facts, inquiry.scope, models, page);
      return inquiry.list(
        page,
        total,
        projects.map((project) => new Project(this, project)),
      );
    });
  }

  /** One project by its id or name; where there is only one, `projectId` may be left out. */
  getProject(question: ProjectQuestion = {}, ask?: Ask): Promise<Project> {
    return this.#answer(["projects", "models", "jobs"], question, ask, async ({ facts, scope }) => {
      const { projects } = await listedProjects(facts, scope, null, { offset: 0, limit: 2 });
      const [project] = projects;
      if (project === undefined) throw unknownProject(question.projectId ?? "", []);
      if (projects.length > 1) throw severalProjects(scope);
      return new Project(this, { ...project, source: facts.source });
    });
  }

  /** The project of that id or name. */
  project(projectId: string, ask?: Ask): Promise<Project> {
    return this.getProject({ projectId }, ask);
  }

  /** Models by name, with their last run; of a job or run, with their last run in it. */
  getModels(question: ModelsQuestion = {}, ask?: Ask): Promise<List<Model>> {
    return this.#answer(modelFacts(plain(question)), question, ask, async (inquiry) => {
      const page = inquiry.page("list_models", 20);
      const selection = await inquiry.models(1, question.include);
      if (selection.jobKeys ?? selection.runKey ?? selection.window.since)
        await inquiry.needsExecutions(selection);
      const { keys, total } = await listed(inquiry.facts, selection, page);
      const models = await summaries(inquiry.facts, selection, keys);
      const found = keys.flatMap((key) => models.get(key) ?? []);
      return inquiry.list(
        page,
        total,
        found.map((model) => new Model(this, model)),
      );
    });
  }

  /** Every model with its average run time, most recent run and last N runs. */
  getModelsWithRuntime(question: ModelsQuestion = {}, ask?: Ask): Promise<List<Model>> {
    return this.#answer(modelFacts(plain(question)), question, ask, async (inquiry) => {
      const page = inquiry.page("get_models_with_runtime", 20);
      const selection = await inquiry.models(5, question.include);
      await inquiry.needsExecutions(selection);
      const { keys, total } = await listed(inquiry.facts, selection, page);
      const models = await runtimes(inquiry.facts, selection, keys);
      return inquiry.list(
        page,
        total,
        models.map((model) => new Model(this, model)),
      );
    });
  }

  /** The models that take longest, on average over their last N successful runs. */
  slowestModels(question: SlowestQuestion = {}, ask?: Ask): Promise<List<Model>> {
    return this.#answer(modelFacts(plain(question)), question, ask, async (inquiry) => {
      const slowestN = question.slowestN ?? 5;
      const page = inquiry.page("slowest_models", 20, { slowestN });
      const selection = await inquiry.models(1, question.include);
      await inquiry.needsExecutions(selection);
      const ranked = await slowest(inquiry.facts, selection, slowestN);
      const keys = ranked.slice(page.offset, page.offset + page.limit).map((row) => row.node_key);
      const models = await runtimes(inquiry.facts, selection, keys);
      const critical = await criticalNodes(inquiry.facts, selection);
      const marked = models.map((model) =>
        critical === null ? model : { ...model, on_critical_path: critical.has(model.unique_id) },
      );
      return inquiry.list(
        page,
        ranked.length,
        marked.map((model) => new Model(this, model)),
      );
    });
  }

  /** One model: last run, run times, health, freshness, jobs, tests; with `include: ["sql"]` its code. */
  getModel(question: ModelQuestion, ask?: Ask): Promise<Model> {
    const kinds: FactKind[] = ["models", "executions", "tests", "freshness", "lineage"];
    return this.#answer(kinds, question, ask, async (inquiry) => {
      const { facts, scope } = inquiry;
      const found = await findModel(facts, scope, question.modelId);
      const selection = { ...inquiry.selection(5), environmentKeys: [found.environment_key], filter: {} };
      await inquiry.needsExecutions({ ...selection, nodeKeys: [found.node_key], includeRemoved: true });
      const detail = await modelDetail(facts, found, selection);
      const code = question.include?.includes("sql") ? await this.#code(facts, found, ask) : {};
      return new Model(this, { ...detail, ...code, source: facts.source });
    });
  }

  /** Jobs by name, with their last run; only those that build matching models, where a filter says so. */
  getJobs(question: JobsQuestion = {}, ask?: Ask): Promise<List<Job>> {
    return this.#answer(runFacts(plain(question)), question, ask, async (inquiry) => {
      const page = inquiry.page("list_jobs", 20);
      const selection = await inquiry.jobs();
      const { keys, total } = await listedJobs(inquiry.facts, selection, page);
      const jobs = await jobSummaries(inquiry.facts, keys, selection.window);
      const found = keys.flatMap((key) => jobs.get(key) ?? []);
      return inquiry.list(
        page,
        total,
        found.map((job) => new Job(this, job)),
      );
    });
  }

  /** The jobs that run longest, on average over their last N finished runs. */
  longestRunningJobs(question: LongestQuestion = {}, ask?: Ask): Promise<List<Job>> {
    return this.#answer(runFacts(plain(question)), question, ask, async (inquiry) => {
      const longestN = question.longestN ?? 5;
      const page = inquiry.page("longest_running_jobs", 20, { longestN });
      const selection = await inquiry.jobs();
      const ranked = await longest(inquiry.facts, selection, longestN);
      const keys = ranked.slice(page.offset, page.offset + page.limit);
      const jobs = await jobRuntimes(inquiry.facts, selection, keys);
      return inquiry.list(
        page,
        ranked.length,
        jobs.map((job) => new Job(this, job)),
      );
    });
  }

  /** One job: schedule, last run, its last N run times, and the averages of the job and of its slowest models. */
  getJob(question: JobQuestion, ask?: Ask): Promise<Job> {
    return this.#answer(["jobs", "runs"], question, ask, async (inquiry) => {
      const { facts, scope } = inquiry;
      const job = await findJob(facts, scope, question.jobId);
      const models = { ...inquiry.selection(5), ...jobOnly(job) };
      const selection: JobSelection = {
        scope,
        models: null,
        window: models.window,
        lastNRuns: models.lastNRuns,
      };
      const { slowestN = 5, byModel = false } = question;
      await inquiry.needsExecutions(models);
      const detail = await jobDetail(facts, { jobKey: job.job_key, selection, models, slowestN, byModel });
      return new Job(this, { ...detail, source: facts.source });
    });
  }

  /** Runs, newest first. */
  getRuns(question: RunsQuestion = {}, ask?: Ask): Promise<List<Run>> {
    return this.#answer(runFacts(plain(question)), question, ask, async (inquiry) => {
      const { facts, scope } = inquiry;
      const page = inquiry.page("list_runs", 10);
      const job = await inquiry.job();
      const selection = {
        scope,
        window: inquiry.window(),
        models: await inquiry.containedModels(),
        ...(job === null ? {} : { jobKeys: [job.job_key], scope: scopeOf(scope, job) }),
        ...(question.status === undefined ? {} : { statuses: parseStatuses(question.status, RUN_STATUSES) }),
      };
      if (job !== null)
        await inquiry.needsJobs([job.job_key], { last_n_runs: page.offset + page.limit }, ["runs"]);
      const { keys, total } = await listedRuns(facts, selection, page);
      await inquiry.needsCounts(keys);
      const runs = await runSummaries(facts, keys);
      return inquiry.list(
        page,
        total,
        runs.map((run) => new Run(this, run)),
      );
    });
  }

  /** One run: times, trigger, commit, what was slow, what failed and why, and how that compares to the usual. */
  getRun(question: RunQuestion, ask?: Ask): Promise<Run> {
    return this.#answer(["jobs", "runs"], question, ask, async (inquiry) => {
      const { facts, scope } = inquiry;
      const found = await inquiry.run(question.runId);
      await inquiry.needsRuns([found.run_key, ...(await runsBefore(facts, found))]);
      const models: ModelSelection = {
        ...inquiry.selection(1),
        environmentKeys: found.environment_key === null ? scope.environmentKeys : [found.environment_key],
        runKey: found.run_key,
        includeRemoved: true,
      };
      const detail = await runDetail(facts, found, models, question.slowestN ?? 5);
      return new Run(this, { ...detail, source: facts.source });
    });
  }

  /** Events of a run in the order of time; filters apply before the limit. */
  async getRunEvents(question: EventsQuestion, ask?: Ask): Promise<EventList> {
    await this.#knowledge.ready();
    const asked_at = this.#knowledge.clock.now();
    return this.#answer(["jobs", "runs"], question, ask, async (inquiry) => {
      const { facts } = inquiry;
      const found = await inquiry.run(question.runId);
      const follow = { ...ask, asked_at };
      const recorded = await recordedEvents(this.#knowledge, facts, found, question, follow);
      if (recorded !== null) return recorded;
      await inquiry.needsRuns([found.run_key]);
      const page = inquiry.page("get_run_events", 100, { runId: found.run_id });
      const log = await this.#log(facts, found, question.level === "DEBUG", ask);
      const { events, total, scanned } = await runEvents(facts, found, log, question, page);
      const list = inquiry.list(
        page,
        total,
        events.map((event) => new Event(event)),
      );
      return new EventList(list, {
        total,
        hasMore: list.hasMore,
        nextCursor: list.nextCursor,
        source: list.source,
        scanned,
        stopped: list.hasMore ? "limit" : "end",
      });
    });
  }

  /** Run times of a model, a job or a project (one of the three) over time, and since when they are as they are. */
  getRuntimeTrend(question: TrendQuestion, ask?: Ask): Promise<Trend> {
    return this.#answer(trendFacts(plain(question)), question, ask, async (inquiry) => {
      const trend = await runtimeTrend(inquiry);
      return new Trend({ ...trend, source: inquiry.facts.source });
    });
  }

  /** What is wrong upstream and what is affected downstream of a model, or of everything that failed in a run. */
  getLineage(question: LineageQuestion, ask?: Ask): Promise<Lineage> {
    return this.#answer(OF_HEALTH, question, ask, async (inquiry) => {
      const report = await lineageReport(inquiry);
      return new Lineage({ ...report, source: inquiry.facts.source });
    });
  }

  /** All models upstream of a model with their health, the nearest first; `depth` says how far. */
  async getUpstreamModelHealth(
    modelId: string,
    question: Omit<LineageQuestion, "runId"> = {},
    ask?: Ask,
  ): Promise<List<Dependency>> {
    const whole: LineageQuestion = { ...question, modelId, direction: "upstream", include: ["healthy"] };
    return (await this.getLineage({ ...whole, limit: question.limit ?? MOST_LISTED }, ask)).upstream;
  }

  /** What is affected where a model is wrong; `depth` says how far. */
  async getDownstreamImpact(
    modelId: string,
    question: Omit<LineageQuestion, "runId"> = {},
    ask?: Ask,
  ): Promise<Impact> {
    const whole: LineageQuestion = { ...question, modelId, direction: "downstream" };
    return (await this.getLineage({ ...whole, limit: question.limit ?? MOST_LISTED }, ask)).impact;
  }

  /** One look at everything, and what to see to first. */
  getHealthDashboard(question: Question = {}, ask?: Ask): Promise<Dashboard> {
    return this.#answer(OF_HEALTH, question, ask, async (inquiry) => {
      const { facts, scope } = inquiry;
      return new Dashboard(await dashboard(facts, scope, inquiry.selection(1), question.limit ?? 20));
    });
  }

  /** How healthy models are, the worst first; of a job, its models, whichever job built them last. */
  getModelHealth(question: HealthQuestion = {}, ask?: Ask): Promise<ModelHealthList> {
    return this.#answer(OF_HEALTH, question, ask, modelHealth);
  }

  /** The models on which a test fails. */
  getModelsWithFailingTests(question: HealthQuestion = {}, ask?: Ask): Promise<ModelHealthList> {
    return this.getModelHealth({ ...question, failingTests: true }, ask);
  }

  /** Tests with their last result, the worst first; those that failed unless `failedOnly` is false. */
  getTestResults(question: TestsQuestion = {}, ask?: Ask): Promise<TestList> {
    return this.#answer(OF_HEALTH, question, ask, testResults);
  }

  /** How fresh sources are, the stalest first. */
  getSourceFreshness(question: FreshnessQuestion = {}, ask?: Ask): Promise<FreshnessList> {
    return this.#answer(OF_HEALTH, question, ask, sourceFreshness);
  }

  /** How a job, or a project, has performed over the last days: its trend, and its slowest models. */
  getPerformanceMetrics(question: TrendQuestion = {}, days = 7, ask?: Ask): Promise<PerformanceMetrics> {
    return performanceMetrics(this, question, days, ask);
  }

  /** Rows of one reading SQL statement over everything that is known; `runlens://schema` describes the tables. */
  async querySql(sql: string, options: SqlOptions = {}, ask: Ask = {}): Promise<SqlRows> {
    return querySql({ knowledge: this.#knowledge, standing: this.#standing }, sql, options, ask);
  }

  /** Forgets how fresh such facts are, so that the next question fetches them again. The facts stay. */
  invalidateCache(scope: Forgettable = "all"): Promise<void> {
    return this.#knowledge.invalidate(scope);
  }

  /** Makes the facts fresh, finds what the question is about, and lets go of the facts when it is answered. */
  async #answer<Q extends AnyQuestion, T>(
    kinds: readonly FactKind[],
    question: Q,
    ask: Ask | undefined,
    work: (inquiry: Inquiry<Q>) => Promise<T>,
  ): Promise<T> {
    checkQuestion(question);
    const asked = plain(question);
    const projectIds = asked.projectId === undefined ? asked.projectIds : [asked.projectId];
    await this.#knowledge.ready();
    const started = this.#knowledge.clock.now();
    const refresh = asked.refresh === true ? { refresh: true } : {};
    const needed = new Set<string>();
    let need = needOf(kinds, asked, projectIds, started);
    for (let options: AskOptions = { ...ask, ...refresh }; ; ) {
      const answer = await withView(this.#knowledge, need, options, async (view) => {
        const { filters, notes } = this.#standing;
        const now = this.#knowledge.clock.now();
        const facts = new Facts(view, { memory: this.#memory, now, signal: ask?.signal, notes });
        const projects = projectIds === undefined ? {} : { projectIds };
        const scope = await chooseScope(facts, { ...asked, ...projects }, filters);
        if (this.#standing.isDiscreet) facts.tellOnly(scope.systems);
        await requireModels(facts, scope, asked.modelIds);
        await noteUnknown(facts, scope, asked);
        const { environment } = asked;
        const inquiry = new Inquiry(asked, facts, scope, {
          askedAt: started,
          needed: view.on_demand ? needed : null,
          everywhere: () =>
            chooseScope(facts.aside(), environment === undefined ? {} : { environment }, filters),
        });
        try {
          return await work(inquiry);
        } catch (error) {
          if (error instanceof MoreNeeded) return error;
          throw error;
        }
      });
      if (!(answer instanceof MoreNeeded)) return answer;
      const facts = new Set([...need.facts, "executions" as const, ...(answer.need.facts ?? [])]);
      need = { ...need, ...answer.need, facts: [...facts] };
      // What the question has fetched by now is new enough for the rest of it.
      options = { ...options, refreshed_since: started };
    }
  }

  /** The log is asked for live: where it cannot be had, the results tell what they can. */
  async #log(facts: Facts, run: FoundRun, debug: boolean, ask: Ask | undefined): Promise<RunLog | null> {
    try {
      const log = await this.#knowledge.log(run.source_id, run.run_id, { debug }, ask?.signal);
      for (const note of log?.notes ?? []) facts.note(note);
      return log;
    } catch (error) {
      if (!(error instanceof RunlensError) || error.code === "CANCELLED") throw error;
      facts.note(`The log could not be read: ${error.message} ${error.hint}`);
      return null;
    }
  }

  /** Code is asked for live: what the source no longer has is a note, not a failed answer. */
  async #code(facts: Facts, found: FoundModel, ask: Ask | undefined) {
    if (found.location === null) {
      facts.note("The SQL is not known: no definitions of this model have been seen.");
      return { raw_sql: null, compiled_sql: null };
    }
    try {
      const code = await this.#knowledge.code(found.source_id, found.unique_id, found.location, ask?.signal);
      return { raw_sql: code.raw_sql, compiled_sql: code.compiled_sql };
    } catch (error) {
      if (!(error instanceof RunlensError) || error.code === "CANCELLED") throw error;
      facts.note(`The SQL could not be read: ${error.message} ${error.hint}`);
      return { raw_sql: null, compiled_sql: null };
    }
  }
}

/** The scope, in the environment in which the job runs. */
function scopeOf(scope: Scope, job: FoundJob): Scope {
  return job.environment_key === null ? scope : { ...scope, environmentKeys: [job.environment_key] };
}

function severalProjects(scope: Scope): RunlensError {
  const candidates = scope.projects.map((candidate) => `${candidate.source_id}/${candidate.project_id}`);
  return new RunlensError(
    "INVALID_INPUT",
    `There are ${scope.projects.length} such projects.`,
    `Give project_id: ${candidates.slice(0, 10).join(", ")}.`,
  );
}
