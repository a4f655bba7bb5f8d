/** One execution of a dbt command, played through: what started when, on which thread, and how it ended. */
import { hash, noise } from "./noise.ts";
import { type DbtNode, type DbtProject, selectedNodes, type Which, whichOf } from "./project.ts";

export interface ExecutionPlan {
  project: DbtProject;
  command: string;
  /** Epoch milliseconds. */
  startedAt: number;
  /** What the noise depends on, e.g. the run's id. */
  seed: string;
  /** How nodes end that do not end well, by unique id; freshness alone knows `warn` and `error` of sources. */
  outcomes?: ReadonlyMap<string, "error" | "fail" | "warn">;
  /** Seconds of nodes whose execution time a test sets, by unique id. */
  seconds?: ReadonlyMap<string, number>;
}

export interface NodeResult {
  node: DbtNode;
  status: string;
  thread: number;
  /** Epoch milliseconds; null where the node did not run. */
  compileStartedAt: number | null;
  executeStartedAt: number | null;
  completedAt: number | null;
  /** Seconds. */
  executionTime: number;
  message: string | null;
  failures: number | null;
}

export interface Execution {
  plan: ExecutionPlan;
  which: Which;
  results: NodeResult[];
  /** Seconds, of the whole invocation. */
  elapsed: number;
  /** Epoch milliseconds: when the artifact was written. */
  finishedAt: number;
  /** Whether dbt's exit code is other than 0. */
  failed: boolean;
}

const THREADS = 4;
const PARSE_SECONDS = 1.2;
const COMPILE_SECONDS = 0.004;

export function execute(plan: ExecutionPlan): Execution {
  const which = whichOf(plan.command);
  const stage = new Stage(plan, which);
  const results = selectedNodes(plan.project, plan.command).map((node) => stage.run(node));
  const end = stage.end + 80;
  // dbt writes its seconds to the microsecond.
  const elapsed = Math.round((end - plan.startedAt) * 1000) / 1_000_000;
  return {
    plan,
    which,
    results,
    elapsed,
    finishedAt: plan.startedAt + elapsed * 1000,
    failed: results.some(({ status }) => status === "error" || status === "fail"),
  };
}

class Stage {
  readonly #plan: ExecutionPlan;
  readonly #which: Which;
  readonly #seed: number;
  /** When each thread is free again. */
  readonly #free: number[];
  readonly #ends = new Map<string, number>();
  /** What was not built, so that nothing below it is. */
  readonly #missing = new Set<string>();
  /** What was built and failed a test: its tests go on, its children do not. */
  readonly #distrusted = new Set<string>();

  constructor(plan: ExecutionPlan, which: Which) {
    this.#plan = plan;
    this.#which = which;
    this.#seed = hash(plan.seed);
    this.#free = Array.from({ length: THREADS }, () => plan.startedAt + PARSE_SECONDS * 1000);
  }

  get end(): number {
    return Math.max(...this.#free);
  }

  run(node: DbtNode): NodeResult {
    const soonest = Math.min(...this.#free);
    const thread = this.#free.indexOf(soonest);
    const isBlocked = (parent: string) =>
      this.#missing.has(parent) || (node.type !== "test" && this.#distrusted.has(parent));
    if (this.#which === "build" && node.parents.some(isBlocked)) {
      this.#missing.add(node.id);
      return notRun(node, thread, "skipped");
    }
    // dbt lists the exposures that a build reaches, and does nothing for them.
    if (node.type === "exposure") return notRun(node, thread, "no-op");
    const begin = Math.max(soonest, ...node.parents.map((parent) => this.#ends.get(parent) ?? 0));
    const seconds = this.#seconds(node);
    const end = begin + seconds * 1000;
    this.#free[thread] = end;
    this.#ends.set(node.id, end);
    const outcome = this.#which === "generate" ? undefined : this.#plan.outcomes?.get(node.id);
    if (outcome === "error") this.#missing.add(node.id);
    if (outcome === "fail") for (const parent of node.parents) this.#distrusted.add(parent);
    const compile = begin + 0.6;
    const executed = compile + COMPILE_SECONDS * 1000;
    return {
      node,
      thread,
      // Generating docs compiles alone: the span that it calls execute lasts microseconds.
      completedAt: this.#which === "generate" ? executed + 0.023 : Math.max(executed, end - 1.5),
      compileStartedAt: compile,
      executeStartedAt: executed,
      executionTime: Math.round(seconds * 1_000_000) / 1_000_000,
      ...verdict(node, this.#which, outcome),
    };
  }

  #seconds(node: DbtNode): number {
    if (this.#which === "generate") return 0.012;
    const set = this.#plan.seconds?.get(node.id);
    return Math.max(0.01, set ?? node.seconds * (0.8 + 0.4 * noise(this.#seed, hash(node.id))));
  }
}

function notRun(node: DbtNode, thread: number, status: string): NodeResult {
  const never = { compileStartedAt: null, executeStartedAt: null, completedAt: null };
  return { node, thread, status, ...never, executionTime: 0, message: null, failures: null };
}

function verdict(
  node: DbtNode,
  which: Which,
  outcome: "error" | "fail" | "warn" | undefined,
): Pick<NodeResult, "status" | "message" | "failures"> {
  if (which === "generate") return { status: "success", message: null, failures: null };
  if (which === "freshness") return { status: outcome ?? "pass", message: null, failures: null };
  if (outcome === "error") {
    const message = `Database Error in ${node.type} ${node.name} (models/${node.schema}/${node.name}.sql)\n  000904 (42000): SQL compilation error: error line 4 at position 2\n  invalid identifier 'AMOUNT'`;
    return { status: "error", message, failures: null };
  }
  if (node.type !== "test") return { status: "success", message: "SUCCESS 1", failures: null };
  if (outcome === undefined) return { status: "pass", message: null, failures: 0 };
  const words = outcome === "warn" ? "configured to warn if != 0" : "configured to fail if != 0";
  return { status: outcome, message: `Got 3 results, ${words}`, failures: 3 };
}
