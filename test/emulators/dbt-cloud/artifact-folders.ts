/** A tree of artifacts on disk: one folder for each invocation of dbt, named `<time>-<job>`. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { isFailed, parseResults } from "./dbt/results.ts";
import { parseTime } from "./times.ts";

export interface InvocationFolder {
  /** What follows the time in its name, e.g. `nightly`. */
  job: string;
  /** Epoch milliseconds. */
  startedAt: number;
  finishedAt: number;
  /** As dbt noted it; null in `sources.json`, which has no arguments. */
  command: string | null;
  dbtVersion: string;
  /** Whether dbt's exit code was other than 0. */
  failed: boolean;
  /** The manifest that was in force, of this folder or of an earlier one. */
  manifest: ManifestFile | null;
  /** Its own artifacts, and that manifest: the file of each path. */
  files: ReadonlyMap<string, string>;
}

export interface ManifestFile {
  file: string;
  /** Epoch milliseconds. */
  generatedAt: number;
  /** 40 hexadecimal digits of its content. */
  digest: string;
}

const ARTIFACTS = ["run_results.json", "sources.json", "catalog.json"] as const;
const NAME = /^\d{4}-\d{2}-\d{2}T\d{6}Z-(.+)$/;

/** The invocations of a tree, oldest first. */
export function readFolders(root: string, texts: ArtifactTexts): InvocationFolder[] {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && NAME.test(entry.name))
    .map((entry) => ({ job: NAME.exec(entry.name)?.[1] ?? "", path: join(root, entry.name) }))
    .map((folder) => ({ ...folder, names: readdirSync(folder.path) }));
  const manifests = folders
    .filter(({ names }) => names.includes("manifest.json"))
    .map(({ path }) => readManifest(join(path, "manifest.json"), texts))
    .sort((one, other) => one.generatedAt - other.generatedAt);
  return folders
    .flatMap(({ job, path, names }) => {
      const files = new Map(
        ARTIFACTS.filter((name) => names.includes(name)).map((name) => [name as string, join(path, name)]),
      );
      const main = files.get("run_results.json") ?? files.get("sources.json");
      return main === undefined ? [] : [readInvocation(job, main, files, manifests)];
    })
    .sort((one, other) => one.finishedAt - other.finishedAt);
}

function readInvocation(
  job: string,
  main: string,
  own: ReadonlyMap<string, string>,
  manifests: readonly ManifestFile[],
): InvocationFolder {
  const results = parseResults(readFileSync(main, "utf8"));
  const finishedAt = timeOf(results.metadata.generated_at, main);
  const manifest = manifests.filter(({ generatedAt }) => generatedAt <= finishedAt).at(-1) ?? null;
  return {
    job,
    startedAt: finishedAt - results.elapsed_time * 1000,
    finishedAt,
    command: results.args?.invocation_command ?? null,
    dbtVersion: results.metadata.dbt_version,
    failed: isFailed(results),
    manifest,
    files: new Map([...(manifest === null ? [] : [["manifest.json", manifest.file] as const]), ...own]),
  };
}

function readManifest(file: string, texts: ArtifactTexts): ManifestFile {
  const text = texts.read(file);
  // The metadata is the first entry; the whole file need not be parsed for its time.
  const written = /"generated_at": ?"([^"]+)"/.exec(text)?.[1] ?? "";
  return {
    file,
    generatedAt: timeOf(written, file),
    digest: createHash("sha1").update(text).digest("hex"),
  };
}

function timeOf(text: string, file: string): number {
  const time = parseTime(text);
  if (time === null) throw new Error(`${file}: no time of generation`);
  return time;
}

/** Texts of files, read when they are asked for; those used last are kept. */
export class ArtifactTexts {
  readonly #texts = new LRUCache<string, string>({
    maxSize: 64 * 1024 * 1024,
    sizeCalculation: (text) => text.length || 1,
  });
  readonly #materialized = new LRUCache<string, ReadonlyMap<string, string>>({ max: 8 });

  read(file: string): string {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(file, "utf8");
    this.#texts.set(file, text);
    return text;
  }

  /** The materialization of the nodes of a manifest. */
  materialized(manifest: string): ReadonlyMap<string, string> {
    const known = this.#materialized.get(manifest);
    if (known !== undefined) return known;
    // As dbt writes it: the emulator is only given manifests that dbt wrote.
    const { nodes } = JSON.parse(this.read(manifest)) as {
      nodes: Record<string, { config: { materialized: string } }>;
    };
    const kinds = new Map(Object.entries(nodes).map(([id, node]) => [id, node.config.materialized]));
    this.#materialized.set(manifest, kinds);
    return kinds;
  }
}
