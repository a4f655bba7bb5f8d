/** `ingest` and `cache clear`: what changes the store. */
import type { Command } from "commander";
import type { Forgettable } from "../../core/knowledge.ts";
import { json } from "./operation-command.ts";
import type { Session } from "./session.ts";

const SCOPES = ["all", "models", "jobs", "runs", "store"] as const;
type ClearScope = (typeof SCOPES)[number];

export function addStoreCommands(program: Command, session: Session): void {
  program
    .command("ingest")
    .description(
      "Put dbt artifacts into the store for good. Call it after each dbt run, because dbt overwrites its target folder.",
    )
    .argument("<path...>", "Folders of artifacts, trees of them, or single files.")
    .option("--json", "Print what was added as JSON.")
    .action(async (paths: string[], options: { json?: boolean }) => {
      const report = await session.app().ingest(paths, session.waiting());
      const { invocations, definitions, executions } = report.added;
      const sentence =
        invocations + definitions + executions === 0
          ? `Nothing new: all of it is in ${report.store} already.`
          : `Added ${invocations} invocations, ${executions} executions and ${definitions} definitions to ${report.store}.`;
      const notes = report.notes.map((note) => `Note: ${note}`);
      await session.print(options.json ? json(report) : [sentence, ...notes].join("\n"));
    });
  program
    .command("cache")
    .description("What runlens keeps.")
    .command("clear")
    .description(
      "Forget how fresh facts are, so that the next question fetches them again. The facts stay, except with `store`, which removes everything that is kept.",
    )
    .argument(`[scope]`, `${SCOPES.join(", ")} (default: all)`)
    .option("--json", "Print what was cleared as JSON.")
    .action(async (scope: string | undefined, options: { json?: boolean }, command: Command) => {
      const chosen = toScope(scope ?? "all", command);
      if (chosen === "store") await session.app().removeStore(session.waiting().signal);
      else await session.app().forget(chosen);
      const sentence = chosen === "store" ? "The store is removed." : `Forgot how fresh ${said(chosen)} are.`;
      await session.print(options.json ? json({ cleared: chosen }) : sentence);
    });
}

function toScope(text: string, command: Command): ClearScope {
  const scope = SCOPES.find((known) => known === text);
  return scope ?? command.error(`error: unknown scope '${text}'; scopes are ${SCOPES.join(", ")}`);
}

function said(scope: Forgettable): string {
  return scope === "all" ? "all facts" : scope;
}
