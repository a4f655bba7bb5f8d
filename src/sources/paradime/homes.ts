/** Which dbt project each schedule builds: the newest manifest of its runs says so. */
import { RunlensError } from "../../errors.ts";
import { readHead } from "../dbt/kinds.ts";
import { readArtifacts } from "../dbt/read-results.ts";
import { textOf } from "../wire/loose.ts";
import { type Artifact, manifestOf } from "./artifacts.ts";
import { isOver, isUnstarted } from "./run-rows.ts";
import type { BoltVisit } from "./visit.ts";
import type { WireSchedule } from "./wire.ts";
import type { Home } from "./workspace.ts";

/** What is remembered of a schedule; it holds while the schedule builds the same. */
export interface KnownHome {
  /** Null where its runs have left no manifest. */
  home: Home | null;
  /** The commands and the branch that it had. */
  builds: string;
  /** The last run that it had. */
  last: string;
}

export type Homes = Readonly<Record<string, KnownHome>>;

/** Runs of a schedule that are looked through for a manifest. */
const MOST_TRIED = 3;
const RUNS_ASKED = 10;

/** The homes of all schedules that have been found out; only those that are not known are asked for, together. */
export async function homesOf(
  visit: BoltVisit,
  schedules: readonly WireSchedule[],
  known: Homes,
): Promise<Record<string, KnownHome>> {
  const homes: Record<string, KnownHome> = {};
  const unknown: WireSchedule[] = [];
  for (const schedule of schedules) {
    const { slug, last } = schedule;
    const before = Object.hasOwn(known, slug) ? known[slug] : undefined;
    const isSame = before?.builds === buildsOf(schedule);
    if (before !== undefined && isSame && (before.home !== null || before.last === last))
      homes[slug] = before;
    else unknown.push(schedule);
  }
  const found = await lookFor(visit, unknown);
  for (const schedule of unknown) {
    const home = found.get(schedule.slug);
    // What could not be looked for is looked for again.
    if (home !== undefined) homes[schedule.slug] = { home, builds: buildsOf(schedule), last: schedule.last };
  }
  return homes;
}

function buildsOf({ commands, branch }: WireSchedule): string {
  return JSON.stringify([commands, branch]);
}

/** Homes by slug; a schedule whose artifacts cannot be read now is left out. */
async function lookFor(
  visit: BoltVisit,
  schedules: readonly WireSchedule[],
): Promise<ReadonlyMap<string, Home | null>> {
  const { api, artifacts, context } = visit;
  const homes = new Map<string, Home | null>();
  const pages = await api.runs(
    schedules.map(({ slug }) => ({ slug, offset: 0, limit: RUNS_ASKED })),
    context.signal,
  );
  const ended = new Map(
    schedules.map(
      ({ slug }, index) =>
        [slug, (pages[index]?.runs ?? []).filter((run) => isOver(run) && !isUnstarted(run))] as const,
    ),
  );
  let left = schedules.map(({ slug }) => slug);
  for (let place = 0; place < MOST_TRIED && left.length > 0; place++) {
    const runs = left.flatMap((slug) => {
      const run = ended.get(slug)?.[place];
      if (run === undefined) homes.set(slug, null);
      return run === undefined ? [] : [{ slug, run_id: run.run_id }];
    });
    const commands = await artifacts.of(
      runs.map(({ run_id }) => run_id),
      context.signal,
    );
    const manifests = runs.flatMap(({ slug, run_id }) => {
      const artifact = manifestOf(commands.get(run_id) ?? []);
      return artifact === null ? [] : [{ slug, artifact }];
    });
    const found = await headsOf(
      visit,
      manifests.map(({ artifact }) => artifact),
    );
    const tried = new Set(runs.map(({ slug }) => slug));
    for (const [index, { slug }] of manifests.entries()) {
      tried.delete(slug);
      const home = found[index];
      if (home !== undefined && home !== null) homes.set(slug, home);
    }
    left = [...tried];
  }
  for (const slug of left) homes.set(slug, null);
  return homes;
}

/** What manifests say of their project, by their beginning where that is enough; null for what cannot be read. */
async function headsOf(visit: BoltVisit, manifests: readonly Artifact[]): Promise<(Home | null)[]> {
  if (manifests.length === 0) return [];
  const { artifacts, context } = visit;
  const heads = await artifacts.withFiles(
    manifests,
    async (files) => files.map(headOf),
    context.signal,
    "head",
  );
  const old = manifests.filter((_, index) => heads[index] === "old");
  const whole = await wholeHomes(visit, old);
  return heads.map((head, index) =>
    head === "old" ? (whole[old.indexOf(manifests[index] ?? NOTHING)] ?? null) : head,
  );
}

const NOTHING: Artifact = { run_id: "", command_id: "", resource_id: "", name: "manifest.json", path: "" };

/** `old` for a manifest whose beginning does not name the project, as before dbt 1.6. */
function headOf(file: string | RunlensError): Home | "old" | null {
  if (file instanceof RunlensError) return null;
  const head = readHead(file, "manifest.json");
  const project = "metadata" in head ? textOf(head.metadata.project_name) : null;
  if (project === null) return "old";
  return { project, adapter: "metadata" in head ? textOf(head.metadata.adapter_type) : null };
}

async function wholeHomes(visit: BoltVisit, manifests: readonly Artifact[]): Promise<(Home | null)[]> {
  if (manifests.length === 0) return [];
  const { artifacts, context } = visit;
  return artifacts.withFiles(
    manifests,
    async (files) => {
      const paths = files.filter((file) => typeof file === "string");
      const read = await readArtifacts(
        { results: [], manifests: paths },
        context.now() * 1000,
        context.signal,
      );
      return files.map((file) => {
        const manifest = typeof file === "string" ? read.manifests[paths.indexOf(file)] : undefined;
        if (manifest === undefined || "problem" in manifest || manifest.project === null) return null;
        return { project: manifest.project, adapter: textOf(manifest.metadata.adapter_type) };
      });
    },
    context.signal,
  );
}
