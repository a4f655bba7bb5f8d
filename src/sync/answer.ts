/** What a view says about itself: how old, how complete, and in words why. */
import type { View } from "../core/knowledge.ts";
import type { System } from "../core/vocabulary.ts";
import type { RunlensError } from "../errors.ts";
import type { LedgerEntry, Need, Progress, Scope, Source } from "../sources/source.ts";
import { ageOf } from "./age.ts";

/** How one scope of a question came out. */
export interface Settled {
  source: Source;
  scope: Scope;
  /** The entry of the facts that the view shows; null where none were fetched whole. */
  entry: LedgerEntry | null;
  /** Why they could not be fetched anew. */
  error: RunlensError | null;
  /** Where the caller's patience ended: how far the fetch has come, and since when what it sent is shown. */
  late: { progress: Progress | null; shown_since: number | null } | null;
  /** Why the fetch before failed, where nobody waited for it and a newer one has not landed. */
  before: RunlensError | null;
}

type About = Omit<View, "snapshot" | "on_demand">;

/** A duration in the largest unit that fits it. */
function spell(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1000, "second"],
  ];
  const [size, name] = units.find(([unit]) => ms >= unit) ?? [1000, "second"];
  const count = Math.floor(ms / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** No full stop at the end, so that a sentence can go on. */
const bare = (message: string): string => message.trim().replace(/\.$/, "");

function lateNote(label: string, { progress, shown_since }: NonNullable<Settled["late"]>): string {
  const parts: string[] = [];
  if (progress !== null) {
    parts.push(bare(progress.message));
    parts.push(progress.total === null ? `${progress.done} done` : `${progress.done} of ${progress.total}`);
  }
  const far = parts.length === 0 ? "" : ` (${parts.filter((part) => part !== "").join(", ")})`;
  const shown = shown_since === null ? "Nothing of it is here yet" : "Only what has arrived so far is here";
  return `${label} is still being read${far}. ${shown}; the reading goes on, ask again to join it.`;
}

function notesOf(settled: Settled, now: number): string[] {
  const { source, entry, error, late, before } = settled;
  const notes = [...(entry?.notes ?? [])];
  if (error !== null) {
    const facts =
      entry === null
        ? "Its facts are missing here."
        : `Its facts here are ${spell(ageOf(entry.synced_at, now))} old.`;
    notes.push(`${source.label} could not be read: ${bare(error.message)}. ${facts}`);
  }
  if (late !== null) notes.push(lateNote(source.label, late));
  if (before !== null && error === null) {
    notes.push(`The last attempt to read ${source.label} failed: ${bare(before.message)}.`);
  }
  return notes;
}

/** True for a failure that only says: not here. With several sources, another may have it. */
function elsewhere(error: RunlensError, need: Need): boolean {
  const narrowed =
    need.run_id !== undefined ||
    need.job_id !== undefined ||
    need.model_id !== undefined ||
    need.project_ids !== undefined;
  return error.code === "UNSUPPORTED" || (error.code === "NOT_FOUND" && narrowed);
}

/**
 * What the view says about itself. A source that failed and has no older facts is lost: where all are lost
 * the first failure is thrown, where some are the view is not complete.
 */
export function about(all: readonly Settled[], need: Need, now: number, degraded: string | null): About {
  const lost = new Map<Source, RunlensError>();
  for (const { source, entry, error } of all) {
    if (error !== null && entry === null && !lost.has(source)) lost.set(source, error);
  }
  const asked = new Set(all.map(({ source }) => source));
  if (asked.size > 0 && lost.size === asked.size) {
    const errors = [...lost.values()];
    const error = errors.find((each) => !elsewhere(each, need)) ?? errors[0];
    if (error !== undefined) throw error;
  }

  const times: number[] = [];
  const systems = new Set<System>();
  const notes = new Set<string>();
  let complete = true;
  for (const settled of all) {
    const { source, entry, error, late } = settled;
    const since = entry?.synced_at ?? late?.shown_since ?? null;
    if (since !== null) times.push(since);
    if (!lost.has(source)) systems.add(source.ref.system);
    // Facts of before a failure may lack what is new, and nobody could look.
    const failed = error !== null && !(entry === null && elsewhere(error, need));
    if (failed || late !== null || entry?.complete === false) complete = false;
    for (const note of notesOf(settled, now)) notes.add(note);
  }
  if (degraded !== null) notes.add(degraded);
  return {
    as_of: times.length === 0 ? null : new Date(Math.min(...times)).toISOString(),
    systems: [...systems],
    complete,
    notes: [...notes],
  };
}
