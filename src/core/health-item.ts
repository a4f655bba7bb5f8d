/** Answers about health as objects of the library. */
import type { FreshnessCounts, TestCounts } from "./answers.ts";
import type { FreshnessState, ModelHealth, ModelHealthCounts, ToldTestResult } from "./health-answers.ts";
import { type Item, List } from "./page.ts";
import type { CompatStatus, FreshnessStatus, HealthStatus, TestStatus } from "./vocabulary.ts";

/** A page with counts of all that was asked about, whatever the page shows of it. */
export class CountedList<T extends Item, Counts extends object> extends List<T> {
  readonly counts: Counts;

  constructor(page: List<T>, counts: Counts) {
    const { total, hasMore, nextCursor, source } = page;
    super(page, { ...(total === undefined ? {} : { total }), hasMore, nextCursor, source });
    this.counts = counts;
  }

  override toJSON(): object {
    return { ...super.toJSON(), counts: this.counts };
  }
}

/** How healthy a model is. */
export class ModelHealthItem implements Item {
  readonly #facts: ModelHealth;

  constructor(facts: ModelHealth) {
    this.#facts = facts;
  }

  /** `project.model`. */
  get modelId(): string {
    return this.#facts.model_id;
  }
  get uniqueId(): string {
    return this.#facts.unique_id;
  }
  get healthStatus(): HealthStatus {
    return this.#facts.health_status;
  }
  /** By Paradime's rule; null where it would not list the model. */
  get compatStatus(): CompatStatus | null {
    return this.#facts.compat_status;
  }
  /** The worst first, five at most. */
  get reasons(): readonly string[] {
    return this.#facts.reasons;
  }
  get totalTests(): number {
    return this.#facts.tests_total;
  }
  get failedTests(): number {
    return this.#facts.tests_failed;
  }
  /** Names, five at most. */
  get failingTests(): readonly string[] {
    return this.#facts.failing_tests;
  }

  toJSON(): ModelHealth {
    return this.#facts;
  }
}

/** A test with its last result. */
export class TestItem implements Item {
  readonly #facts: ToldTestResult;

  constructor(facts: ToldTestResult) {
    this.#facts = facts;
  }

  get uniqueId(): string {
    return this.#facts.unique_id;
  }
  get name(): string {
    return this.#facts.name;
  }
  get status(): TestStatus {
    return this.#facts.status;
  }
  /** What it is about: a model, seed or snapshot, or `source.table`; null where that is not known. */
  get modelId(): string | null {
    return this.#facts.model_id;
  }
  get columnName(): string | null {
    return this.#facts.column_name;
  }
  /** Failing rows; null where the test did not run or its system does not tell. */
  get failures(): number | null {
    return this.#facts.failures;
  }
  get message(): string | null {
    return this.#facts.message;
  }
  get failingSince(): string | null {
    return this.#facts.failing_since;
  }

  toJSON(): ToldTestResult {
    return this.#facts;
  }
}

/** A source table, or a model with a freshness policy of its own. Ages are seconds. */
export class FreshnessItem implements Item {
  readonly #facts: FreshnessState;

  constructor(facts: FreshnessState) {
    this.#facts = facts;
  }

  /** `source.table`, or the id of the model. */
  get name(): string {
    return this.#facts.name;
  }
  /** The verdict of its system when it was checked. */
  get status(): FreshnessStatus {
    return this.#facts.status;
  }
  /** What that comes to now. */
  get statusNow(): FreshnessStatus {
    return this.#facts.status_now;
  }
  /** True only for what is fresh now: what could not be checked, or nobody has checked, is not. */
  get isFresh(): boolean {
    return this.#facts.status_now === "pass";
  }
  /** Of the newest row that was seen; null where none was. */
  get age(): number | null {
    return this.#facts.age_s;
  }
  get maxLoadedAt(): string | null {
    return this.#facts.max_loaded_at;
  }

  toJSON(): FreshnessState {
    return this.#facts;
  }
}

export type ModelHealthList = CountedList<ModelHealthItem, ModelHealthCounts>;
export type TestList = CountedList<TestItem, TestCounts>;
export type FreshnessList = CountedList<FreshnessItem, FreshnessCounts>;
