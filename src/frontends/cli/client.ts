/** The configuration that makes an MCP client start this very installation. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../../config.ts";

export interface ClientConfiguration {
  mcpServers: { runlens: { command: string; args: string[]; env: Record<string, string> } };
}

/**
 * Absolute paths everywhere: desktop clients start elsewhere, without the shell's PATH. What came from a config
 * file is passed on as that file.
 */
export function clientConfiguration(
  config: Config,
  script: string = process.argv[1] ?? "runlens",
): ClientConfiguration {
  const fromFile =
    config.origins.sources.endsWith(".yml") ||
    config.origins.sources.endsWith(".yaml") ||
    config.origins.sources.endsWith(".json");
  const file = fromFile && existsSync(config.origins.sources) ? config.origins.sources : null;
  const paths = config.sources.flatMap((source) => source.path);
  return {
    mcpServers: {
      runlens: {
        command: process.execPath,
        args: [resolve(script), "mcp", ...(file === null ? [] : ["--config", file])],
        env: file === null ? { DBT_ARTIFACTS_PATH: paths.join(",") || "/path/to/dbt/target" } : {},
      },
    },
  };
}
