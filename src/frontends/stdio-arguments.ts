/** Tells whether a command line asks for the MCP server, without loading the parser of the whole command line. */
import { parseArgs } from "node:util";
import type { Flags } from "../config.ts";

/**
 * The flags of a server on stdio; null where something else is asked for, or something that the whole parser
 * has to judge. Without a command it is the server, unless a person sits at the terminal.
 */
export function stdioFlags(argv: readonly string[], isTerminal: boolean): Flags | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        "env-file": { type: "string" },
        config: { type: "string" },
        store: { type: "string" },
        artifacts: { type: "string", multiple: true },
        demo: { type: "boolean" },
        "no-progress": { type: "boolean" },
      },
    });
    const isServer =
      positionals.length === 0 ? !isTerminal : positionals.length === 1 && positionals[0] === "mcp";
    if (!isServer) return null;
    return {
      ...(values["env-file"] === undefined ? {} : { envFile: values["env-file"] }),
      ...(values.config === undefined ? {} : { config: values.config }),
      ...(values.store === undefined ? {} : { store: values.store }),
      ...(values.artifacts === undefined ? {} : { artifacts: values.artifacts }),
      ...(values.demo === undefined ? {} : { demo: values.demo }),
    };
  } catch {
    return null;
  }
}
