/** `doctor`: the settings as resolved, the store, and one look at each source; `--client` for MCP clients. */
import { type Command, Option } from "commander";
import type { App } from "../../app.ts";
import type { Config } from "../../config.ts";
import { ERROR_CODES } from "../../errors.ts";
import { failureText, toFailure } from "../failure.ts";
import { CLIENT_NAMES, type ClientName, clientPage, clientText } from "./clients.ts";
import { json } from "./operation-command.ts";
import { serverCommand } from "./server-command.ts";
import type { Session } from "./session.ts";
import { type Setting, settingsOf } from "./settings.ts";

interface Check {
  name: string;
  ok: boolean;
  summary: string;
  hint: string | null;
}

export function addDoctor(program: Command, session: Session): void {
  program
    .command("doctor")
    .description("Show the settings as resolved and look at the store and at each source.")
    .addOption(
      new Option(
        "--client [name]",
        "Print what to paste for MCP clients instead, with absolute paths; without a name, for each of them.",
      ).choices(CLIENT_NAMES),
    )
    .option("--json", "Print the findings as JSON.")
    .action(async (options: { client?: ClientName | true; json?: boolean }) => {
      const app = session.app();
      const config = await app.config();
      if (options.client !== undefined) {
        const server = await serverCommand(config);
        const names = options.client === true ? CLIENT_NAMES : [options.client];
        const pages = names.map((name) => clientPage(name, server));
        return session.print(options.json ? json(pages) : pages.map(clientText).join("\n\n\n"));
      }
      const checks = await examine(app, session, config);
      const findings = { settings: await settingsOf(config), checks };
      await session.print(options.json ? json(findings) : findingsText(findings));
      if (checks.some((check) => !check.ok)) session.exitWith(ERROR_CODES.CONFIG.exit);
    });
}

/** Every failure becomes a line of its own, because the rest is still worth knowing. */
async function examine(app: App, session: Session, config: Config): Promise<Check[]> {
  const { signal } = session.waiting();
  try {
    const { mode, location, degraded } = await app.storeState();
    const store: Check = {
      name: "store",
      ok: degraded === null,
      summary: degraded ?? (mode === "memory" ? "in memory: nothing is kept" : location),
      hint:
        degraded === null
          ? null
          : "Answers come from memory meanwhile. Set RUNLENS_STORE to a folder that can be written.",
    };
    const probes = await app.probe(signal ?? new AbortController().signal);
    const sources = probes.map(({ id, ok, summary, hint }) => ({ name: `source ${id}`, ok, summary, hint }));
    return [store, ...(config.sources.length === 0 ? [noSource(config)] : sources)];
  } catch (error) {
    const { body } = toFailure(error, app.log, { signal });
    const [summary = "", hint = ""] = failureText(body).split("\n");
    return [{ name: "start", ok: false, summary, hint }];
  }
}

function noSource(config: Config): Check {
  return {
    name: "sources",
    ok: false,
    summary: "none is configured",
    hint: `Set DBT_ARTIFACTS_PATH, or DBT_SERVICE_TOKEN and DBT_ACCOUNT_ID, or DAGSTER_GRAPHQL_URL, or PARADIME_API_ENDPOINT and PARADIME_API_SECRET. Looked at ${config.looked.join(", ")}.`,
  };
}

function findingsText({ settings, checks }: { settings: Setting[]; checks: Check[] }): string {
  const widest = Math.max(...settings.map(({ name }) => name.length));
  return [
    "Settings",
    ...settings.map(({ name, value, from }) => `  ${name.padEnd(widest)}  ${value}  (${from})`),
    "",
    "Checks",
    ...checks.flatMap(({ name, ok, summary, hint }) => [
      `  ${ok ? "ok  " : "FAIL"}  ${name}: ${summary}`,
      ...(hint === null ? [] : [`        ${hint}`]),
    ]),
  ].join("\n");
}
