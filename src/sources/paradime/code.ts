/** The code of a node, from the manifest that defined it and the results of the same command. */
import { RunlensError } from "../../errors.ts";
import { codeIn, compiledIn } from "../dbt/code.ts";
import { JsonError } from "../dbt/json-entries.ts";
import { problemOf } from "../dbt/kinds.ts";
import type { ModelCode } from "../source.ts";
import { type Artifact, type Artifacts, manifestOf } from "./artifacts.ts";

/** How the store names where a definition lies: by the command that left it. */
export function locationOf({ run_id, command_id }: Pick<Artifact, "run_id" | "command_id">): string {
  return `paradime:run/${run_id}/command/${command_id}`;
}

/**
 * Reads the code of `uniqueId`; `location` is that of its definition. Downloads a manifest for it, and the results
 * only where the manifest has nothing compiled. Rejects with `NOT_FOUND` where either is not there any more.
 */
export async function readCode(
  artifacts: Artifacts,
  uniqueId: string,
  location: string,
  signal: AbortSignal,
): Promise<ModelCode> {
  const [, runId, commandId] = /^paradime:run\/(\w+)\/command\/(\w+)$/.exec(location) ?? [];
  const commands = runId === undefined ? [] : ((await artifacts.of([runId], signal)).get(runId) ?? []);
  const command = commands.filter(({ command_id }) => command_id === commandId);
  const manifest = manifestOf(command);
  const code =
    manifest === null
      ? null
      : await fileOf(artifacts, manifest, signal, (file) => codeIn(uniqueId, file, signal));
  if (code === null) {
    throw new RunlensError(
      "NOT_FOUND",
      `${uniqueId} has no code here.`,
      "Its run may have been deleted: ask again with `refresh`.",
    );
  }
  const results = command.flatMap((one) => one.artifacts).find(({ name }) => name === "run_results.json");
  if (code.compiled_sql !== null || results === undefined) return code;
  const compiled = await fileOf(artifacts, results, signal, (file) =>
    compiledIn(uniqueId, file, signal),
  ).catch((error: unknown) => {
    // The code of the manifest is an answer without it.
    if (signal.aborted || !(error instanceof RunlensError)) throw error;
    return null;
  });
  return { ...code, compiled_sql: compiled };
}

function fileOf<T>(
  artifacts: Artifacts,
  artifact: Artifact,
  signal: AbortSignal,
  read: (file: string) => Promise<T>,
): Promise<T> {
  return artifacts.withFiles(
    [artifact],
    async ([file]) => {
      if (file instanceof RunlensError || file === undefined) throw file;
      try {
        return await read(file);
      } catch (cause) {
        if (!(cause instanceof JsonError)) throw cause;
        const what = `${artifact.name} of run ${artifact.run_id}`;
        throw new RunlensError("UPSTREAM", `${what} ${problemOf(cause)}.`, "Ask again in a minute.", {
          cause,
        });
      }
    },
    signal,
  );
}
