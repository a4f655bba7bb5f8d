/** Artifacts that a real dbt wrote, as commands of Bolt: those of the demo, and those of the versions of dbt. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  ArtifactTexts,
  type InvocationFolder,
  readFolders,
} from "../../emulators/dbt-cloud/artifact-folders.ts";
import { DEMO_ARTIFACTS, ROOT } from "../places.ts";
import type { CommandInput, Schedules } from "./workspace.ts";

const VERSIONS = join(ROOT, "test/fixtures/dbt-versions");

/** Versions of dbt whose artifacts are there, the oldest first. */
export const DBT_VERSIONS: readonly string[] = readdirSync(VERSIONS, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));

/** A file that a version of dbt wrote in one of its folders; the manifest is that of `build` in all of them. */
export function fixture(version: string, folder: string, name: string): string {
  return readFileSync(join(VERSIONS, version, name === "manifest.json" ? "build" : folder, name), "utf8");
}

/** What a folder of a version left, as a command that does not fail whatever dbt says, unless told to. */
export function fixtureCommand(
  version: string,
  folder: string,
  { line = "dbt build || true", returnCode = 0 }: Partial<CommandInput> = {},
): CommandInput {
  const results = folder === "freshness" ? "sources.json" : "run_results.json";
  const names = ["manifest.json", results];
  return {
    line,
    returnCode,
    files: Object.fromEntries(names.map((name) => [name, fixture(version, folder, name)])),
  };
}

/** Whether a version has a folder of that name with results in it. */
export function hasFixture(version: string, folder: string): boolean {
  return existsSync(join(VERSIONS, version, folder, "run_results.json"));
}

const TEXTS = new ArtifactTexts();
const DEMO = readFolders(DEMO_ARTIFACTS, TEXTS);

/** Some of the demo's builds, each as the only run of a schedule of its own: all in which something failed, and every twentieth. */
export function demoBuilds(): Schedules {
  const builds = DEMO.filter(({ job, files }) => job !== "docs" && files.has("run_results.json"));
  const taken = builds.filter(({ failed }, index) => failed || index % 20 === 0);
  return Object.fromEntries(taken.map((folder, index) => [`${folder.job}-${index}`, [[commandOf(folder)]]]));
}

/** The command of the demo that ended within `hour` ("2026-10-25T02"), which does not fail unless told to. */
export function demoCommand(job: string, hour: string, more: Partial<CommandInput> = {}): CommandInput {
  const found = DEMO.find(
    (folder) => folder.job === job && new Date(folder.finishedAt).toISOString().startsWith(hour),
  );
  if (found === undefined) throw new Error(`the demo has no ${job} at ${hour}`);
  return { ...commandOf(found), ...more };
}

function commandOf({ command, files }: InvocationFolder): CommandInput {
  return {
    line: `${command ?? "dbt source freshness --target prod"} || true`,
    files: Object.fromEntries([...files].map(([name, file]) => [name, TEXTS.read(file)])),
  };
}

/** A schedule whose only run is the demo's last night: a test failed, and two models were skipped for it. */
export const LAST_NIGHT: Schedules = { nightly: [[demoCommand("nightly", "2026-11-18T02")]] };
