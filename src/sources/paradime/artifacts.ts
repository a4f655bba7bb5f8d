/** The artifacts of runs: which commands have left which, and the files themselves, by signed addresses. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import { toFile } from "../wire/to-file.ts";
import type { AnswerReader, Transport } from "../wire/transport.ts";
import type { BoltApi } from "./api.ts";
import { isLoopback } from "./endpoint.ts";
import { artifactGone, artifactTooLarge, storageRefusal } from "./failures.ts";
import type { WireCommand } from "./wire.ts";

/** Names of artifacts that are read; they lie in dbt's target folder, wherever in the repository that is. */
export type ArtifactName = "manifest.json" | "run_results.json" | "sources.json";
const NAMES: readonly ArtifactName[] = ["manifest.json", "run_results.json", "sources.json"];

/** A file that a command left. */
export interface Artifact {
  run_id: string;
  command_id: string;
  resource_id: string;
  name: ArtifactName;
  /** In the repository, e.g. `target/manifest.json`. */
  path: string;
}

/** A command with its artifacts. */
export interface CommandArtifacts extends WireCommand {
  artifacts: readonly Artifact[];
}

/** Runs whose commands are remembered: those that have ended do not change. */
const MOST_REMEMBERED = 2000;
/** Enough of a manifest for its metadata, which comes first. */
const HEAD_BYTES = 64 * 1024;

export class Artifacts {
  readonly #api: BoltApi;
  readonly #storage: Transport;
  readonly #known = new LRUCache<string, readonly CommandArtifacts[]>({ max: MOST_REMEMBERED });

  /** `storage` sends no credentials: the signature in the address is all that is needed. */
  constructor(api: BoltApi, storage: Transport) {
    this.#api = api;
    this.#storage = storage;
  }

  /**
   * The commands of runs that have ended, with what each left, also where it failed: two requests for twenty runs. A
   * run that is not there any more has none.
   */
  async of(
    runIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly CommandArtifacts[]>> {
    const found = new Map<string, readonly CommandArtifacts[]>();
    const unknown: string[] = [];
    for (const id of new Set(runIds)) {
      const known = this.#known.get(id);
      if (known === undefined) unknown.push(id);
      else found.set(id, known);
    }
    const commands = await this.#api.commands(unknown, signal);
    const flat = commands.flatMap((own) => own ?? []);
    const resources = await this.#api.resources(
      flat.map(({ command_id }) => command_id),
      signal,
    );
    const byCommand = new Map(flat.map(({ command_id }, index) => [command_id, resources[index] ?? []]));
    for (const [index, run_id] of unknown.entries()) {
      const own = (commands[index] ?? []).map((command): CommandArtifacts => {
        const artifacts = (byCommand.get(command.command_id) ?? []).flatMap(({ resource_id, path }) => {
          const name = nameOf(path);
          return name === null ? [] : [{ run_id, command_id: command.command_id, resource_id, name, path }];
        });
        return { ...command, artifacts };
      });
      this.#known.set(run_id, own);
      found.set(run_id, own);
    }
    return found;
  }

  /**
   * Downloads artifacts into files that `use` may read; they are gone afterwards. In the place of a file stands why it
   * could not be had: `NOT_FOUND` where it is not there any more.
   */
  async withFiles<T>(
    artifacts: readonly Artifact[],
    use: (files: readonly (string | RunlensError)[]) => Promise<T>,
    signal: AbortSignal,
    part: "whole" | "head" = "whole",
  ): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "runlens-"));
    try {
      const ids = artifacts.map(({ resource_id }) => resource_id);
      const urls = await this.#api.urls(ids, signal);
      const files = await Promise.all(
        artifacts.map(async ({ resource_id, name }, index) => {
          const file = join(folder, `${resource_id}-${name}`);
          try {
            await this.#download(
              resource_id,
              urls[index] ?? null,
              toFile(file, {
                what: "An artifact of Paradime",
                tooLarge: artifactTooLarge,
                head: part === "head" ? HEAD_BYTES : null,
              }),
              signal,
            );
            return file;
          } catch (error) {
            if (signal.aborted || !(error instanceof RunlensError)) throw error;
            return error;
          }
        }),
      );
      return await use(files);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** An address that is refused has expired: it is asked for anew, once. */
  async #download(
    resourceId: string,
    url: string | null,
    reader: AnswerReader<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (url === null) throw artifactGone();
    const get = (from: string) => this.#storage.read(secure(from), {}, reader, signal);
    try {
      await get(url);
    } catch (error) {
      if (!(error instanceof RunlensError && error.code === "FORBIDDEN")) throw error;
      const [renewed = null] = await this.#api.urls([resourceId], signal);
      if (renewed === null) throw artifactGone();
      await get(renewed);
    }
  }
}

/** The newest manifest that commands have left, of the last that left one; dbt's own folder first. */
export function manifestOf(commands: readonly CommandArtifacts[]): Artifact | null {
  for (const { artifacts } of commands.toReversed()) {
    const manifests = artifacts.filter(({ name }) => name === "manifest.json");
    const own = manifests.find(({ path }) => /(^|\/)target\/[^/]+$/.test(path)) ?? manifests[0];
    if (own !== undefined) return own;
  }
  return null;
}

/** An address that nobody can listen to on the way. */
function secure(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === "https:" || (parsed?.protocol === "http:" && isLoopback(parsed)))
    return parsed.href;
  throw storageRefusal();
}

/** The artifact that a path of the repository is; copies of them elsewhere, e.g. of packages, are none. */
function nameOf(path: string): ArtifactName | null {
  const parts = path.split("/");
  if (parts.includes("dbt_packages") || parts.includes("dbt_modules")) return null;
  return NAMES.find((name) => name === parts.at(-1)) ?? null;
}
