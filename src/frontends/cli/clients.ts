/** What to paste for MCP clients, in the form that each of them documents. */
import { json } from "./operation-command.ts";
import type { ServerCommand, ServerEnvironment } from "./server-command.ts";

export const CLIENT_NAMES = ["claude-desktop", "claude-code", "cursor", "vscode"] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** Where `runlens serve` listens unless it is told otherwise. */
const URL_OF_SERVER = "http://127.0.0.1:3333/mcp";
const KEY = "YOUR_KEY";

/** A client's page: where its settings lie, and what stands in them. */
export interface ClientPage {
  client: ClientName;
  title: string;
  /** Where to paste, by system or by reach. */
  places: Record<string, string>;
  /** What makes the client start runlens: JSON for a file, or a line for a shell. */
  stdio: string;
  /** Who fills in the secrets; null where there are none. */
  secrets: string | null;
  /** What makes the client ask a server that runs already. */
  http: string;
  /** What has to be known for that. */
  http_note: string;
}

type Page = Omit<ClientPage, "client" | "secrets"> & { secrets: string };

/** The page of a client for a server that is started so. */
export function clientPage(client: ClientName, server: ServerCommand): ClientPage {
  const { secrets, ...page } = PAGES[client](server);
  const hasSecrets = Object.values(server.env).includes(null);
  return { client, ...page, secrets: hasSecrets ? secrets : null };
}

/** `{ mcpServers }`, which most clients read, with `${NAME}` in the place of secrets. */
export function mcpServers({ command, args, env }: ServerCommand): Record<string, unknown> {
  return { mcpServers: { runlens: { command, args, env: filled(env, placeholder) } } };
}

const PAGES: Record<ClientName, (server: ServerCommand) => Page> = {
  "claude-desktop": (server) => ({
    title: "Claude Desktop",
    places: {
      macOS: "~/Library/Application Support/Claude/claude_desktop_config.json",
      Windows: "%APPDATA%\\Claude\\claude_desktop_config.json",
      Linux: "~/.config/Claude/claude_desktop_config.json",
    },
    stdio: json(mcpServers(server)),
    secrets: `Write the values in place of ${placeholder("NAME")}: Claude Desktop does not fill them in.`,
    http: json({
      mcpServers: {
        runlens: {
          command: "npx",
          args: [
            "-y",
            "mcp-remote",
            URL_OF_SERVER,
            "--header",
            `Authorization:${placeholder("AUTHORIZATION")}`,
          ],
          env: { AUTHORIZATION: `Bearer ${KEY}` },
        },
      },
    }),
    http_note:
      "The file starts programs alone, so mcp-remote stands between; a server on the web is added under Settings, Connectors.",
  }),
  "claude-code": ({ command, args, env }) => ({
    title: "Claude Code",
    places: {
      "any shell":
        "the line below; it is kept in ~/.claude.json (Windows: %USERPROFILE%\\.claude.json), for all projects",
    },
    stdio: shellLine([
      ...["claude", "mcp", "add"],
      ...Object.entries(filled(env, placeholder)).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      // Not right behind --env, which takes every word that follows it.
      ...["--scope", "user", "--transport", "stdio", "runlens", "--", command, ...args],
    ]),
    secrets: `${placeholder("NAME")} is taken from the environment that Claude Code is started in; or write the value.`,
    http: shellLine([
      ...["claude", "mcp", "add", "--scope", "user", "--transport", "http", "runlens", URL_OF_SERVER],
      ...["--header", `Authorization: Bearer ${KEY}`],
    ]),
    http_note: "Leave the header out where the server has no keys.",
  }),
  cursor: ({ command, args, env }) => ({
    title: "Cursor",
    places: {
      "all projects": "~/.cursor/mcp.json (Windows: %USERPROFILE%\\.cursor\\mcp.json)",
      "one project": ".cursor/mcp.json",
    },
    stdio: json({
      mcpServers: {
        runlens: { type: "stdio", command, args, env: filled(env, (name) => `\${env:${name}}`) },
      },
    }),
    secrets: `\${env:NAME} is taken from the environment that Cursor is started in; or write the value.`,
    http: json({
      mcpServers: { runlens: { url: URL_OF_SERVER, headers: { Authorization: `Bearer ${KEY}` } } },
    }),
    http_note: "Leave the headers out where the server has no keys.",
  }),
  vscode: ({ command, args, env }) => ({
    title: "VS Code",
    places: {
      "one project": ".vscode/mcp.json",
      macOS: "~/Library/Application Support/Code/User/mcp.json",
      Windows: "%APPDATA%\\Code\\User\\mcp.json",
      Linux: "~/.config/Code/User/mcp.json",
    },
    stdio: json({
      ...inputs(Object.keys(env).filter((name) => env[name] === null)),
      servers: { runlens: { type: "stdio", command, args, env: filled(env, input) } },
    }),
    secrets: "VS Code asks for them once and keeps them encrypted.",
    http: json({
      ...inputs(["RUNLENS_KEY"]),
      servers: {
        runlens: {
          type: "http",
          url: URL_OF_SERVER,
          headers: { Authorization: `Bearer ${input("RUNLENS_KEY")}` },
        },
      },
    }),
    http_note: "Leave inputs and headers out where the server has no keys.",
  }),
};

/** A page as text, what is to be pasted set apart by empty lines. */
export function clientText(page: ClientPage): string {
  const { title, places, stdio, secrets, http, http_note } = page;
  const widest = Math.max(...Object.keys(places).map((name) => name.length));
  return [
    [
      `# ${title}`,
      ...Object.entries(places).map(([name, place]) => `  ${name.padEnd(widest)}  ${place}`),
    ].join("\n"),
    stdio,
    ...(secrets === null ? [] : [secrets]),
    `Over HTTP, with \`runlens serve\` running. ${http_note}`,
    http,
  ].join("\n\n");
}

function filled(env: ServerEnvironment, secret: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? secret(name)]));
}

function placeholder(name: string): string {
  return `\${${name}}`;
}

/** How VS Code's file refers to what it asks its user for. */
function input(name: string): string {
  return `\${input:${name.toLowerCase()}}`;
}

function inputs(names: readonly string[]): { inputs?: Record<string, unknown>[] } {
  if (names.length === 0) return {};
  return {
    inputs: names.map((name) => ({
      type: "promptString",
      id: name.toLowerCase(),
      description: name,
      password: true,
    })),
  };
}

/** Words as one line that a POSIX shell, and PowerShell where no word has a quote, takes apart into the same words. */
function shellLine(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}
