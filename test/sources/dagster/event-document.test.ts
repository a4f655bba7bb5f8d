import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, type GraphQLSchema, isEnumType, isObjectType, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES, parseTypes } from "../../../src/core/event-types.ts";
import { eventDocument } from "../../../src/sources/dagster/event-document.ts";

const RECORDINGS = join(import.meta.dirname, "../../recordings/dagster");
const VERSIONS = ["1.13.27", "1.6.14"];
const schemas = new Map(
  VERSIONS.map((version) => [
    version,
    buildSchema(readFileSync(join(RECORDINGS, `schema-${version}.graphql`), "utf8")),
  ]),
);

function schemaOf(version: string): GraphQLSchema {
  const schema = schemas.get(version);
  if (schema === undefined) throw new Error(`no schema of ${version}`);
  return schema;
}

function hasIn(schema: GraphQLSchema): (name: string) => boolean {
  return (name) => {
    const [typeName = "", field] = name.split(".");
    const type = schema.getType(typeName);
    if (field === undefined) return type !== undefined;
    return isObjectType(type) && field in type.getFields();
  };
}

const problems = (schema: GraphQLSchema, document: string) =>
  validate(schema, parse(document)).map(({ message }) => message);

describe.each(VERSIONS)("the document of a page, on %s", (version) => {
  const schema = schemaOf(version);

  it.each([true, false])("is valid (stack: %s)", (stack) => {
    expect(problems(schema, eventDocument(hasIn(schema), { stack }))).toEqual([]);
  });

  it("names every type of event that can be asked for", () => {
    const type = schema.getType("DagsterEventType");
    const names = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    expect(names.length).toBeGreaterThan(40);
    for (const name of names) expect(EVENT_TYPES).toContain(parseTypes([name])[0]);
  });
});

it("asks an older server only for what it has", () => {
  expect(
    problems(
      schemaOf("1.6.14"),
      eventDocument(() => true, { stack: false }),
    ),
  ).not.toEqual([]);
  expect(eventDocument(() => false, { stack: false })).not.toContain("FailedToMaterialize");
});

it("asks for stacks only where they are wanted", () => {
  expect(eventDocument(() => true, { stack: true })).toContain("stack");
  expect(eventDocument(() => true, { stack: false })).not.toContain("stack");
});
