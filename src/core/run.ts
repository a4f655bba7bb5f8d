import type { Account } from "./account.ts";
import type { EventStop, RunDetail, RunEvent, RunSummary } from "./answers.ts";
import type { Job } from "./job.ts";
import type { Model } from "./model.ts";
import { type Item, List, type ListFacts } from "./page.ts";
import type { Ask, EventOptions, Question } from "./questions.ts";
import type { RunKind, RunStatus } from "./vocabulary.ts";

export type RunFacts = RunSummary & Partial<Omit<RunDetail, keyof RunSummary>>;

/** One execution of a job: all its commands. Times are ISO 8601 UTC, run times seconds. */
export class Run implements Item {
  readonly #account: Account;
  readonly #facts: RunFacts;

  constructor(account: Account, facts: RunFacts) {
    this.#account = account;
    this.#facts = facts;
  }

  get runId(): string {
    return this.#facts.run_id;
  }
  get projectId(): string {
    return this.#facts.project_id;
  }
  /** What part of its job it did; only `full` runs say how long the job takes. */
  get kind(): RunKind {
    return this.#facts.kind;
  }
  get status(): RunStatus {
    return this.#facts.status;
  }
  get runtime(): number | null {
    return this.#facts.runtime_s;
  }
  /** Null where it has ended and its results have not all been read. */
  get modelCount(): number | null {
    return this.#facts.model_count;
  }
  get startTime(): string | null {
    return this.#facts.started_at;
  }
  get endTime(): string | null {
    return this.#facts.ended_at;
  }

  /** The job that it is a run of; null where there is none. */
  async getJob(ask?: Ask): Promise<Job | null> {
    const jobId = this.#facts.job_id;
    return jobId === null ? null : this.#account.getJob({ ...this.#where(), jobId }, ask);
  }

  /** Models that were executed in it, with their times in it. */
  getModels(question: Question = {}, ask?: Ask): Promise<List<Model>> {
    return this.#account.getModels({ ...this.#where(), ...question, runId: this.runId }, ask);
  }

  getSlowestModels(slowestN = 5, question: Question = {}, ask?: Ask): Promise<List<Model>> {
    return this.#account.slowestModels({ ...this.#where(), ...question, runId: this.runId, slowestN }, ask);
  }

  /** Mean seconds of the slowest models of this run. */
  async averageModelRuntime(slowestN = 5, question: Question = {}, ask?: Ask): Promise<number | null> {
    const run = await this.#account.getRun(
      { ...this.#where(), ...question, runId: this.runId, slowestN },
      ask,
    );
    return run.toJSON().average_model_runtime_s ?? null;
  }

  /** Its events in the order of time. */
  getEvents(filter: EventOptions & { limit?: number; cursor?: string } = {}, ask?: Ask): Promise<EventList> {
    return this.#account.getRunEvents({ ...this.#where(), ...filter, runId: this.runId }, ask);
  }

  toJSON(): RunFacts {
    return this.#facts;
  }

  #where(): { projectIds: string[]; environment?: string } {
    const environment = this.#facts.environment;
    return { projectIds: [this.projectId], ...(environment === null ? {} : { environment }) };
  }
}

/** One event of a run. */
export class Event implements Item {
  readonly #facts: RunEvent;

  constructor(facts: RunEvent) {
    this.#facts = facts;
  }

  get timestamp(): string {
    return this.#facts.timestamp;
  }
  get level(): RunEvent["level"] {
    return this.#facts.level;
  }
  get eventType(): string {
    return this.#facts.event_type;
  }
  get stepKey(): string | null {
    return this.#facts.step_key;
  }
  get message(): string {
    return this.#facts.message;
  }
  /** Root cause of the error that the event is about; null where it is about none. */
  get errorMessage(): string | null {
    return this.#facts.error_message ?? null;
  }
  /** All errors, the outermost first, the root cause last. */
  get errorChain(): readonly string[] {
    const { error_chain, error_message } = this.#facts;
    return error_chain ?? (error_message === undefined ? [] : [error_message]);
  }

  toJSON(): RunEvent {
    return this.#facts;
  }
}

/** A page of events. */
export class EventList extends List<Event> {
  /** Events that were looked at for this page. */
  readonly scanned: number;
  readonly stopped: EventStop;

  constructor(events: Iterable<Event>, facts: ListFacts & { scanned: number; stopped: EventStop }) {
    super(events, facts);
    this.scanned = facts.scanned;
    this.stopped = facts.stopped;
  }

  override toJSON(): object {
    return { ...super.toJSON(), scanned: this.scanned, stopped: this.stopped };
  }
}
