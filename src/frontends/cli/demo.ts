/** `demo`: real answers without any data of one's own. */
import type { Command } from "commander";
import type { Operation } from "../../operation.ts";
import { isRecord } from "../clean.ts";
import { mcpServers } from "./clients.ts";
import { json } from "./operation-command.ts";
import { serverCommand } from "./server-command.ts";
import type { Session } from "./session.ts";
import { terminalText } from "./terminal.ts";

/** What it shows, in order: the operation, its input, and the question in words. */
const SCENES: [name: string, input: Record<string, unknown>, question: string][] = [
  ["health_dashboard", {}, "How is the pipeline this morning?"],
  ["slowest_models", { slowest_n: 5, last_n_runs: 10 }, "Which models take longest to build?"],
  ["longest_running_jobs", { longest_n: 3, last_n_runs: 10 }, "Which jobs run longest?"],
];

export function addDemo(program: Command, session: Session): void {
  program
    .command("demo")
    .description("Ask the demo data three questions, and show how to connect an MCP client to it.")
    .action(async () => {
      program.setOptionValue("demo", true);
      const config = await session.app().config();
      const date =
        config.now === null ? "" : `, and it is ${new Date(config.now).toISOString().slice(0, 10)} for it`;
      await session.print(`This is demo data: real runs of the dbt project in demo/${date}.`);
      for (const [name, input, question] of SCENES) {
        const operation = session.operations.find((known) => known.name === name);
        if (operation !== undefined) await session.print(await scene(operation, input, question, session));
      }
      const { command, args } = await serverCommand(config);
      const client = mcpServers({ command, args: [...args.slice(0, 2), "--demo"], env: {} });
      await session.print(
        `\nConnect an MCP client to the demo data with\n\n${json(client)}\n\nand to your own by DBT_ARTIFACTS_PATH; \`runlens doctor --client\` prints what to paste for each client.`,
      );
    });
}

/** One question, the command that asks it, and the answer; the notes are the same every time and said once. */
async function scene(
  operation: Operation,
  input: Record<string, unknown>,
  question: string,
  session: Session,
): Promise<string> {
  const answer = await session.ask(operation, input);
  const source = isRecord(answer.source) ? { ...answer.source, notes: [] } : {};
  const text = await terminalText({ ...answer, source }, { columns: operation.columns });
  const flags = Object.entries(input).map(
    ([name, value]) => ` --${name.replaceAll("_", "-")} ${String(value)}`,
  );
  return `\n${question}\n$ runlens ${operation.name.replaceAll("_", "-")}${flags.join("")} --demo\n\n${text}`;
}
