/**
 * The rule by which a model is healthy or not. Pure: facts in, a word and its reasons out.
 *
 * - `critical`: its last build failed, a test of severity error fails on it, or it is staler than its own freshness
 *   policy allows: its data is missing, wrong or too old.
 * - `blocked`: its last build was skipped because something upstream failed: its data is old.
 * - `warning`: built, but a test warns, a part of its batches failed, its own freshness policy warns or could not be
 *   checked, a source upstream is stale or could not be checked, or its last status is a word that is not known.
 * - `unknown`: it has never been built, as far as is known.
 * - `healthy`: none of these. An ephemeral model is compiled into its children: its tests and sources decide.
 *
 * A model that is found behind without being held to anything (Dagster's "out of sync with upstream") is not unhealthy
 * for that. Where its system itself says how healthy a model is, other than `unknown`, that word stands, with the
 * reasons that the system gives; ours follow them where both find it unhealthy, and are left out where they disagree.
 *
 * The platform that coined the word counts failing tests as degraded too; Paradime's three-word rule, which
 * calls skipped models healthy, is not followed; `compat-status.ts` tells its word beside this one.
 */
import type {
  ExecutionStatus,
  FreshnessStatus,
  HealthStatus,
  ReportedStatus,
  TestStatus,
} from "./vocabulary.ts";

export interface TestFact {
  name: string;
  status: TestStatus;
  /** Lower case; null where the definition does not say, which is error in dbt. */
  severity: string | null;
  failures: number | null;
  message: string | null;
}

export interface SourceFact {
  name: string;
  status: FreshnessStatus;
}

/** A model's own freshness. */
export interface OwnFreshness {
  status: FreshnessStatus;
  /** What its policy asks for in words; null where it has none or says it in ages. */
  criterion: string | null;
  has_policy: boolean;
}

/** What its system says of a model's health. */
export interface ReportedHealth {
  status: ReportedStatus;
  raw_status: string | null;
  /** In words, the worst first. */
  reasons: readonly string[];
}

export interface HealthFacts {
  materialization: string | null;
  /** Null where it never ran. */
  last_status: ExecutionStatus | null;
  raw_status: string | null;
  message: string | null;
  tests: readonly TestFact[];
  /** Sources upstream, to any depth. */
  sources: readonly SourceFact[];
  /** Names of failed nodes upstream; more than `MOST_CAUSES` of them are not told. */
  failed_upstream: readonly string[];
  /** Null where its system does not look at it. */
  own_freshness: OwnFreshness | null;
  /** Null where its system says nothing of it. */
  reported: ReportedHealth | null;
}

export interface Health {
  status: HealthStatus;
  reasons: string[];
}

interface Finding {
  status: HealthStatus;
  reason: string;
}

/** So many failed nodes are named as why a model was skipped. */
export const MOST_CAUSES = 3;

/** How bad a source's status is, worst last; models are as stale as the worst source upstream. */
export const FRESHNESS_RANK: Record<FreshnessStatus, number> = {
  pass: 0,
  unchecked: 1,
  warn: 2,
  runtime_error: 3,
  error: 4,
};

/** True for a result that dbt counts as a failed test. */
export function fails(test: Pick<TestFact, "status" | "severity">): boolean {
  return test.status === "error" || (test.status === "fail" && test.severity !== "warn");
}

/** Applies the rule of this file. The reasons are those of the worst status first, each naming its subject. */
export function judge(facts: HealthFacts): Health {
  const found = judgeFindings(facts);
  const { reported } = facts;
  if (reported === null || reported.status === "unknown") return found;
  if (reported.status === "healthy") return { status: "healthy", reasons: [...reported.reasons] };
  const said =
    reported.reasons.length > 0
      ? reported.reasons
      : [`reported as ${reported.raw_status ?? reported.status}, without a reason`];
  const ours = isUnhealthy(found.status) ? found.reasons.filter((reason) => !said.includes(reason)) : [];
  return { status: reported.status, reasons: [...said, ...ours] };
}

/** True for what is known to be wrong. */
export function isUnhealthy(status: HealthStatus): boolean {
  return status !== "healthy" && status !== "unknown";
}

function judgeFindings(facts: HealthFacts): Health {
  const findings = [
    ...buildFindings(facts),
    ...testFindings(facts.tests),
    ...ownFreshnessFindings(facts.own_freshness),
    ...sourceFindings(facts.sources),
  ];
  const order: readonly HealthStatus[] = ["critical", "blocked", "warning", "unknown", "healthy"];
  findings.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  return { status: findings[0]?.status ?? "healthy", reasons: findings.map((finding) => finding.reason) };
}

function buildFindings(facts: HealthFacts): Finding[] {
  if (facts.materialization === "ephemeral") return [];
  switch (facts.last_status) {
    case "error":
      return [
        { status: "critical", reason: `last build failed: ${firstLine(facts.message) ?? "no message"}` },
      ];
    case "skipped":
      return [
        {
          status: "blocked",
          reason:
            facts.failed_upstream.length > 0
              ? `skipped because ${facts.failed_upstream.slice(0, MOST_CAUSES).join(", ")} failed upstream`
              : "skipped in its last run",
        },
      ];
    case "partial_success":
      return [
        { status: "warning", reason: `some batches failed: ${firstLine(facts.message) ?? "no message"}` },
      ];
    case "unknown":
      return [{ status: "warning", reason: `last status is not known: ${facts.raw_status ?? "unknown"}` }];
    case null:
      return [{ status: "unknown", reason: "no build of it is known" }];
    default:
      return [];
  }
}

function testFindings(tests: readonly TestFact[]): Finding[] {
  return tests.flatMap((test): Finding[] => {
    if (fails(test)) return [{ status: "critical", reason: `test ${test.name} ${describe(test)}` }];
    if (test.status === "warn" || test.status === "fail")
      return [{ status: "warning", reason: `test ${test.name} warns${rows(test)}` }];
    return [];
  });
}

/** How a test failed, in a few words. */
export function describe(test: TestFact): string {
  if (test.status === "error") return `could not run: ${firstLine(test.message) ?? "no message"}`;
  return `fails${rows(test)}`;
}

/** How many rows failed, in brackets; empty where that is unknown. */
export function rows(test: Pick<TestFact, "failures">): string {
  return test.failures === null ? "" : ` (${test.failures} ${test.failures === 1 ? "row" : "rows"})`;
}

function ownFreshnessFindings(own: OwnFreshness | null): Finding[] {
  if (own === null || !own.has_policy) return [];
  const policy = own.criterion === null ? "" : ` (${own.criterion})`;
  switch (own.status) {
    case "error":
      return [{ status: "critical", reason: `is staler than its policy allows${policy}` }];
    case "warn":
      return [{ status: "warning", reason: `is so stale that its policy warns${policy}` }];
    case "runtime_error":
      return [{ status: "warning", reason: `its own freshness could not be checked${policy}` }];
    default:
      return [];
  }
}

function sourceFindings(sources: readonly SourceFact[]): Finding[] {
  return sources.flatMap((source): Finding[] => {
    if (source.status === "error" || source.status === "warn")
      return [{ status: "warning", reason: `source ${source.name} is stale (${source.status})` }];
    if (source.status === "runtime_error")
      return [{ status: "warning", reason: `freshness of source ${source.name} could not be checked` }];
    return [];
  });
}

/** The first line that says something: dbt puts the kind and file of an error first, the database's words after. */
export function firstLine(message: string | null): string | null {
  const lines = (message ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const [first, second] = lines;
  if (first === undefined) return null;
  const text =
    second !== undefined && /\bin (model|test|snapshot|seed|unit test|unit_test)\b/i.test(first)
      ? second
      : first;
  return text.length > 240 ? `${text.slice(0, 239)}…` : text;
}
