/** The schedules of a workspace: the first thing that every question needs. */
import type { LedgerEntry } from "../source.ts";
import { type Homes, homesOf } from "./homes.ts";
import type { BoltVisit } from "./visit.ts";
import type { WireSchedule } from "./wire.ts";
import { scheduleOf, Workspace } from "./workspace.ts";

/** The scope of the schedules in the ledger. */
const SCHEDULES = "jobs:workspace";

/** What the ledger remembers. */
interface Memory {
  schedules: readonly WireSchedule[];
  homes: Homes;
}

/** Makes the schedules fresh and gives them to the visit: one request for a hundred, once their projects are known. */
export async function readSchedules(visit: BoltVisit): Promise<void> {
  await visit.part(SCHEDULES, async (entry) => {
    const { api, context, platform } = visit;
    const { schedules, dropped } = await api.schedules(context.signal);
    const homes = await homesOf(visit, schedules, memoryOf(entry)?.homes ?? {});
    const memory: Memory = { schedules, homes };
    const watermark = JSON.stringify(memory);
    const workspace = take(visit, memory);
    const revision = workspace.fingerprint;
    const unknown = schedules.filter(({ slug }) => !Object.hasOwn(homes, slug)).map(({ slug }) => slug);
    const notes = [
      ...(dropped === 0 ? [] : [`${dropped} schedules could not be read`]),
      ...(unknown.length === 0 ? [] : [`which project ${named(unknown)} build could not be found out now`]),
    ];
    const isSame = entry?.revision === revision && entry.watermark === watermark;
    if (isSame && entry.complete && notes.length === 0) return { unchanged: true };
    if (entry?.revision !== revision) {
      await visit.slices.add(() => [workspace.unit(platform.ref, context.now() * 1000)]);
    }
    return { watermark, revision, notes, complete: notes.length === 0 };
  });
  if (visit.found !== null) return;
  take(visit, memoryOf(await visit.entry(SCHEDULES)) ?? { schedules: [], homes: {} });
}

/** A few names, and how many there are beside them. */
function named(slugs: readonly string[]): string {
  const few = slugs.slice(0, 5).join(", ");
  return slugs.length > 5 ? `${few} and ${slugs.length - 5} other schedules` : few;
}

function memoryOf(entry: LedgerEntry | null): Memory | null {
  if (entry?.watermark == null) return null;
  try {
    // Written above, and by nothing else.
    return JSON.parse(entry.watermark) as Memory;
  } catch {
    return null;
  }
}

/** Where all manifests name one project, schedules that have written none are of that one too. */
function take(visit: BoltVisit, { schedules, homes }: Memory): Workspace {
  const known = Object.values(homes).flatMap(({ home }) => home ?? []);
  const isOne = new Set(known.map(({ project }) => project)).size === 1;
  const only = isOne ? (known[0] ?? null) : null;
  const wanted = schedules
    .map((schedule) => scheduleOf(schedule, homes[schedule.slug]?.home ?? only))
    .filter(({ project }) => visit.platform.wants(project.project_id));
  const workspace = new Workspace(wanted);
  visit.found = workspace;
  visit.lasts = new Map(schedules.map(({ slug, last }) => [slug, last]));
  return workspace;
}
