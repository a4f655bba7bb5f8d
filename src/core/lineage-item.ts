/** Answers about lineage as objects of the library. */
import type { SourceNote } from "./answers.ts";
import type {
  Downstream,
  LineageExposure,
  Lineage as LineageFacts,
  LineageModel,
  LineageRoot,
} from "./lineage-answers.ts";
import { type Item, List } from "./page.ts";
import type { HealthStatus } from "./vocabulary.ts";

/** As many as a library's caller gets where the question has no limit of its own. */
export const MOST_LISTED = 10_000;

/** A model upstream or downstream of another one. */
export class Dependency implements Item {
  readonly #facts: LineageModel;

  constructor(facts: LineageModel) {
    this.#facts = facts;
  }

  /** `project.model`. */
  get modelId(): string {
    return this.#facts.model_id;
  }
  /** Edges between the two, along the shortest way. */
  get level(): number {
    return this.#facts.distance;
  }
  get healthStatus(): HealthStatus {
    return this.#facts.health_status;
  }
  get reasons(): readonly string[] {
    return this.#facts.reasons;
  }

  toJSON(): LineageModel {
    return this.#facts;
  }
}

/** What is affected downstream. */
export class Impact implements Item {
  readonly #facts: Downstream;
  readonly source: SourceNote;

  constructor(facts: Downstream, source: SourceNote) {
    this.#facts = facts;
    this.source = source;
  }

  /** Models alone; tests and exposures have numbers of their own. */
  get totalAffected(): number {
    return this.#facts.model_count;
  }
  /** The nearest first. */
  get affectedModels(): Dependency[] {
    return this.#facts.models.map((model) => new Dependency(model));
  }
  /** Ids of those that are critical already. */
  get criticalModels(): string[] {
    return this.#having("critical");
  }
  get warningModels(): string[] {
    return this.#having("warning");
  }
  /** Ids of those that were held up. */
  get blockedModels(): string[] {
    return this.#having("blocked");
  }
  /** Ids of those that show nothing yet. */
  get potentiallyAffected(): string[] {
    return [...this.#having("healthy"), ...this.#having("unknown")];
  }
  get affectedTests(): number {
    return this.#facts.test_count;
  }
  get exposures(): readonly LineageExposure[] {
    return this.#facts.exposures;
  }
  /** The chain that takes longest to build again. */
  get criticalPath(): Downstream["critical_path"] {
    return this.#facts.critical_path;
  }

  toJSON(): Downstream {
    return this.#facts;
  }

  #having(status: HealthStatus): string[] {
    return this.#facts.models.flatMap((model) => (model.health_status === status ? [model.model_id] : []));
  }
}

/** The answer of `getLineage`. */
export class Lineage implements Item {
  readonly #facts: LineageFacts;

  constructor(facts: LineageFacts) {
    this.#facts = facts;
  }

  get roots(): readonly LineageRoot[] {
    return this.#facts.roots;
  }
  /** Models upstream, the nearest first; none where that direction was not asked for. */
  get upstream(): List<Dependency> {
    const { upstream, source } = this.#facts;
    const models = (upstream?.models ?? []).map((model) => new Dependency(model));
    const total = upstream?.listed_count ?? 0;
    return new List(models, { total, hasMore: models.length < total, nextCursor: null, source });
  }
  /** What is affected downstream; throws where that direction was not asked for. */
  get impact(): Impact {
    const { downstream, source } = this.#facts;
    if (downstream === null) throw new Error("the question was about upstream alone");
    return new Impact(downstream, source);
  }

  toJSON(): LineageFacts {
    return this.#facts;
  }
}
