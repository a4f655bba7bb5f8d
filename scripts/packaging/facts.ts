/** What the packages say of the product that stands in package.json, its variables and its operations. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { VARIABLES, type Variable } from "../../src/config-variables.ts";

const Package = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  author: z.string(),
  license: z.string(),
  keywords: z.array(z.string()),
  engines: z.object({ node: z.string() }),
  /** Its name in the MCP registry. */
  mcpName: z.string(),
});

export interface PackageFacts extends z.infer<typeof Package> {
  /** The first sentence of the description. */
  summary: string;
}

/** The facts of the package in the working folder. */
export function packageFacts(): PackageFacts {
  const facts = Package.parse(JSON.parse(readFileSync("package.json", "utf8")));
  const [summary = ""] = facts.description.split(/(?<=\.) /);
  return { ...facts, summary };
}

/** What a client that starts the server on stdio may set. */
export const STDIO_VARIABLES: readonly Variable[] = VARIABLES.filter(
  (variable: Variable) => variable.only !== "serve",
);

/** What a variable is, and what holds without it. */
export function explained({ meaning, default: byDefault }: Variable): string {
  return `${meaning} Default: ${byDefault}.`;
}
