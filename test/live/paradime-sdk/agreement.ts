/** `compat_status` beside what Paradime's own package says of the same models, wherever it says something. */
import { expect, test } from "vitest";
import type { Bench } from "../processes.ts";
import { DBT_VERSIONS, demoBuilds, demoCommand, fixtureCommand, hasFixture } from "./artifacts.ts";
import { errorOf, openWorkspace, rowsOf, type Schedules, type Workspace } from "./workspace.ts";

type Words = Record<string, unknown>;

/** The words of both for the models of a schedule, by unique_id; `theirs` is null where their package raises. */
interface Compared {
  slug: string;
  theirs: Words | null;
  error: string | null;
  ours: Words;
}

async function compare(bench: Bench, schedules: Schedules): Promise<Compared[]> {
  const workspace = await openWorkspace(bench, schedules);
  try {
    return await compareIn(workspace, Object.keys(schedules));
  } finally {
    await workspace.close();
  }
}

async function compareIn(workspace: Workspace, slugs: readonly string[]): Promise<Compared[]> {
  const told = await workspace.theirs(...slugs.map((slug) => ["get_model_health", [slug]] as const));
  const compared: Compared[] = [];
  for (const [index, slug] of slugs.entries()) {
    const models = await workspace.ourModels(slug);
    const answer = told[index];
    const error = errorOf(answer);
    const rows = error === null ? rowsOf(answer) : [];
    compared.push({
      slug,
      error,
      theirs: error === null ? wordsOf(rows.map((row) => [row.unique_id, row.health_status])) : null,
      ours: wordsOf([...models].map(([id, model]) => [id, model.compat_status])),
    });
  }
  return compared;
}

function wordsOf(pairs: readonly (readonly [unknown, unknown])[]): Words {
  return Object.fromEntries(pairs.map(([id, word]) => [String(id), word]));
}

/** How often each word was given. */
function tally(compared: readonly Compared[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of compared.flatMap(({ theirs }) => Object.values(theirs ?? {}))) {
    counts[String(word)] = (counts[String(word)] ?? 0) + 1;
  }
  return counts;
}

export function agreement(bench: Bench): void {
  test("builds of the demo: the same models, and the same word for each", async () => {
    const compared = await compare(bench, demoBuilds());
    for (const { slug, theirs, ours } of compared) expect(ours, slug).toEqual(theirs);
    const counts = tally(compared);
    expect(counts.Critical).toBeGreaterThanOrEqual(3);
    expect(counts.Warning).toBeGreaterThanOrEqual(8);
    expect(counts.Healthy).toBeGreaterThanOrEqual(200);
  });

  // The oldest, the newest and one between: the form of the artifacts changes slowly, and each takes seconds.
  const some = DBT_VERSIONS.filter((_, index) => index % 7 === 0 || index === DBT_VERSIONS.length - 1);
  test.each(some)("dbt %s: the same models, and the same word for each", async (version) => {
    const folders = ["build", "run", "test", "retry", "build-fail-fast", "build-full-refresh"];
    const single = folders.filter((folder) => hasFixture(version, folder));
    const compared = await compare(bench, {
      ...Object.fromEntries(single.map((folder) => [folder, [[fixtureCommand(version, folder)]]])),
      steps: [[fixtureCommand(version, "cloud-run"), fixtureCommand(version, "cloud-test")]],
    });
    const answered = compared.filter(({ error }) => error === null);
    for (const { slug, theirs, ours } of answered) expect(ours, slug).toEqual(theirs);
    expect(tally(answered)).toMatchObject({ Warning: expect.any(Number), Healthy: expect.any(Number) });
    // A status that it does not know, for which dbt 1.9 and later have a model in these builds.
    const raised = compared.flatMap(({ slug, error }) => (error === null ? [] : [`${slug}: ${error}`]));
    const hasPartialSuccess = fixtureHasPartialSuccess(version);
    expect(raised.every((one) => one.endsWith(": ValidationError"))).toBe(true);
    expect(raised.some((one) => one.startsWith("build: "))).toBe(hasPartialSuccess);
  });

  test("a schedule with a history: the same word for every model of its newest run", async () => {
    const [compared] = await compare(bench, {
      nightly: [
        [demoCommand("nightly", "2026-10-26T02")],
        [demoCommand("nightly", "2026-10-29T02")],
        [demoCommand("nightly", "2026-10-30T02")],
        [demoCommand("retry", "2026-10-30T05", { line: "dbt build --target prod" })],
      ],
    });
    const { theirs, ours } = compared ?? { theirs: null, ours: {} };
    expect(Object.keys(theirs ?? {})).toContain("model.pedal_harbour.int_payments_cleaned");
    expect(ours).toMatchObject(theirs ?? {});
  });
}

function fixtureHasPartialSuccess(version: string): boolean {
  const { files } = fixtureCommand(version, "build");
  return files?.["run_results.json"]?.includes('"partial success"') ?? false;
}
