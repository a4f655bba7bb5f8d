/** The manifest of an MCP bundle, manifest_version 0.3 (github.com/anthropics/mcpb, MANIFEST.md). */
import { operations } from "../../tools/index.ts";
import { explained, type PackageFacts, STDIO_VARIABLES } from "./facts.ts";

/** The same on every platform, which is added where a bundle is packed. */
export function bundleManifest(facts: PackageFacts) {
  const { name, version, summary, description, author, license, keywords, engines } = facts;
  return {
    manifest_version: "0.3",
    name,
    display_name: name,
    version,
    description: summary,
    long_description: `${description} It only reads.`,
    author: { name: author },
    license,
    keywords,
    server: {
      type: "node",
      entry_point: "dist/runlens.js",
      mcp_config: {
        command: "node",
        args: [`${variable("__dirname")}/dist/runlens.js`, "mcp"],
        env: Object.fromEntries(
          STDIO_VARIABLES.map(({ name }) => [name, variable(`user_config.${name.toLowerCase()}`)]),
        ),
      },
    },
    tools: operations.map(({ name, summary }) => ({ name, description: summary })),
    user_config: Object.fromEntries(
      STDIO_VARIABLES.map((setting) => [
        setting.name.toLowerCase(),
        {
          type: { file: "file", folder: "directory", none: "string" }[setting.path ?? "none"],
          title: setting.name,
          description: explained(setting),
          required: false,
          // Without a default, hosts leave the reference itself in the variable; empty is as good as not set.
          default: "",
          ...(setting.secret === true ? { sensitive: true } : {}),
        },
      ]),
    ),
    compatibility: { runtimes: { node: engines.node } },
  };
}

function variable(name: string): string {
  return `\${${name}}`;
}
