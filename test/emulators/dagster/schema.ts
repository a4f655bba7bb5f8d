/** The schemas that real webservers gave by introspection, and what Dagster+ adds to the newer one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, extendSchema, type GraphQLSchema, parse } from "graphql";

export type DagsterVersion = "1.13.27" | "1.6.14";

/** From `dist/scripts` and from this folder alike. */
const FOLDERS = ["../../recordings/dagster", "../../test/recordings/dagster"];

/** Of the types that Dagster+ adds, those by which a client knows it. */
const PLUS = parse(`
  type DagsterCloudDeployment { deploymentId: Int! deploymentName: String! }
  extend type Query { currentDeployment: DagsterCloudDeployment! }
`);

const known = new Map<string, GraphQLSchema>();

/** The schema of a version, built once. */
export function schemaOf(version: DagsterVersion, plus: boolean): GraphQLSchema {
  const name = `${version} ${plus}`;
  const built = known.get(name) ?? build(version, plus);
  known.set(name, built);
  return built;
}

function build(version: DagsterVersion, plus: boolean): GraphQLSchema {
  const schema = buildSchema(sdl(version), { noLocation: true });
  return plus ? extendSchema(schema, PLUS) : schema;
}

function sdl(version: DagsterVersion): string {
  for (const folder of FOLDERS) {
    try {
      return readFileSync(join(import.meta.dirname, folder, `schema-${version}.graphql`), "utf8");
    } catch {
      // The next place.
    }
  }
  throw new Error(`no schema of Dagster ${version}`);
}
