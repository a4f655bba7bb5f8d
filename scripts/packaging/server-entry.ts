/** The entry of the MCP registry: server.json, and with the bundles of a release. */
import { explained, type PackageFacts, STDIO_VARIABLES } from "./facts.ts";

/** A packed bundle, and where it can be had. */
export interface ReleasedBundle {
  url: string;
  /** Of the file, in hexadecimal digits. */
  sha256: string;
}

const stdio = { type: "stdio" };

/**
 * What package.json and the variables say. Bundles are known only once they are packed: each of them, by its address
 * and hash, is a further package.
 */
export function serverEntry(facts: PackageFacts, bundles: readonly ReleasedBundle[] = []) {
  const { name, version, summary, mcpName } = facts;
  return {
    $schema: "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
    name: mcpName,
    title: name,
    description: summary,
    version,
    packages: [
      {
        registryType: "npm",
        identifier: name,
        version,
        runtimeHint: "npx",
        transport: stdio,
        packageArguments: [{ type: "positional", value: "mcp" }],
        environmentVariables: STDIO_VARIABLES.map((setting) => ({
          name: setting.name,
          description: explained(setting),
          isRequired: false,
          isSecret: setting.secret === true,
          // The schema has no folders; a variable of several paths is a text.
          format: setting.path === "file" ? "filepath" : "string",
          ...(setting.secret === true ? {} : { placeholder: setting.example }),
        })),
      },
      ...bundles.map(({ url, sha256 }) => ({
        registryType: "mcpb",
        identifier: url,
        version,
        fileSha256: sha256,
        transport: stdio,
      })),
    ],
  };
}
