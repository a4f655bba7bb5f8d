/** The shape of the answer about run times over time; `answers.ts` has those of the other operations. */
import * as z from "zod";
import { SourceNote } from "./answers.ts";

const text = z.string();
const seconds = z.number().nullable();
const count = z.int().min(0);

export const TREND_KINDS = ["model", "job", "project"] as const;
export type TrendKind = (typeof TREND_KINDS)[number];

const Subject = z.object({
  kind: z.enum(TREND_KINDS),
  id: text,
  name: text,
  project_id: text,
  environment: text.nullable(),
});

/** What both a point and a whole period have. `success_rate` is from 0 to 1; null where nothing succeeded or failed. */
const Figures = z.object({
  runs: count,
  failures: count,
  success_rate: z.number().nullable(),
  /** Of the times that count; see `TrendPeriod`. */
  p50_s: seconds,
  p95_s: seconds,
  /** All that was spent, whether it counts or not. */
  total_s: seconds,
});

/**
 * A stretch of time. The times of `runs_counted` are in the figures: of a model its successes, of a job its full runs
 * that ended, of a project its whole days; full refreshes and what else did not count are told in `not_counted`.
 */
export const TrendPeriod = z.object({
  since: text,
  until: text,
  ...Figures.shape,
  runs_counted: count,
  not_counted: z.record(text, count),
});
export type TrendPeriod = z.infer<typeof TrendPeriod>;

/** One day (`date`, in the time zone asked for) or one run. */
export const TrendPoint = z.object({
  date: text.optional(),
  run_id: text.optional(),
  at: text.optional(),
  ...Figures.shape,
  full_refresh: z.boolean().optional(),
  anomaly: z.enum(["warning", "critical"]).optional(),
});
export type TrendPoint = z.infer<typeof TrendPoint>;

/** What was to be expected of a run by the `n` before it, and how far it is from that. */
const Expectation = z.object({
  n: count,
  expected_s: z.number(),
  expected_low_s: z.number(),
  expected_high_s: z.number(),
  ratio: z.number(),
  score: z.number(),
});

/** The newest run that counts. `verdict` is normal, warning, critical, or that the history is too short to say. */
export const LatestRun = z.object({
  run_id: text.optional(),
  at: text,
  runtime_s: z.number(),
  verdict: text,
  ...Expectation.partial().shape,
});
export type LatestRun = z.infer<typeof LatestRun>;

/**
 * Runs in a row that took longer than they should have: since when, the slowest of them, and what was expected before
 * the first. `ongoing` where the newest run is one of them.
 */
export const TrendAnomaly = z.object({
  severity: z.enum(["warning", "critical"]),
  since: text,
  runs: count,
  ongoing: z.boolean(),
  run_id: text.optional(),
  at: text,
  runtime_s: z.number(),
  ...Expectation.shape,
});
export type TrendAnomaly = z.infer<typeof TrendAnomaly>;

/** Something that changed when the run time did; seconds where `what` is run time. */
export const Cause = z.object({
  what: z.enum([
    "code",
    "materialization",
    "upstream",
    "commit",
    "branch",
    "rows",
    "bytes",
    "full_refresh",
    "runtime",
  ]),
  subject: text.optional(),
  from: z.union([text, z.number()]).nullable(),
  to: z.union([text, z.number()]).nullable(),
  at: text.optional(),
});
export type Cause = z.infer<typeof Cause>;

/** Since when it is on another level: the first run on it, medians before and after, and what changed then. */
export const LevelChange = z.object({
  at: text,
  run_id: text.optional(),
  pattern: z.enum(["step", "drift"]),
  before_s: z.number(),
  after_s: z.number(),
  ratio: z.number(),
  runs_before: count,
  runs_after: count,
  changes: z.array(Cause),
});
export type LevelChange = z.infer<typeof LevelChange>;

/** `change` holds the medians of the period against those of the one before; positive seconds are slower. */
export const RuntimeTrend = z.object({
  subject: Subject,
  period: TrendPeriod,
  before: TrendPeriod,
  change: z.object({ ratio: z.number().nullable(), difference_s: z.number() }).nullable(),
  share: z.object({ of: text, share: z.number(), runs: count }).nullable(),
  latest: LatestRun.nullable(),
  since_when: LevelChange.nullable(),
  anomalies: z.array(TrendAnomaly),
  points: z.array(TrendPoint),
  point_count: count,
  source: SourceNote,
});
export type RuntimeTrend = z.infer<typeof RuntimeTrend>;
