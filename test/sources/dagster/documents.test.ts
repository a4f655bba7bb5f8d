/** Every document that is asked is one that the real schemas allow, with all that they have and nothing that they lack. */
import {
  buildSchema,
  type GraphQLSchema,
  graphqlSync,
  Kind,
  parse,
  print,
  printSchema,
  validate,
  visit,
} from "graphql";
import { describe, expect, it } from "vitest";
import { Capabilities, INTROSPECTION } from "../../../src/sources/dagster/capabilities.ts";
import * as documents from "../../../src/sources/dagster/documents.ts";
import { eventDocument } from "../../../src/sources/dagster/event-document.ts";
import { objectOf } from "../../../src/sources/wire/loose.ts";
import { schemaOf } from "../../emulators/dagster/schema.ts";

const NEWER = schemaOf("1.13.27", false);
const OLDER = schemaOf("1.6.14", false);
const PLUS = schemaOf("1.13.27", true);

/** What a server with this schema answers when it is asked what it has. */
function capabilitiesOf(schema: GraphQLSchema): Capabilities {
  const { data, errors } = graphqlSync({ schema, source: INTROSPECTION });
  expect(errors).toBeUndefined();
  return new Capabilities(objectOf(data));
}

const problems = (schema: GraphQLSchema, document: string) =>
  validate(schema, parse(document)).map(({ message }) => message);

/** The builders that take more than the capabilities, each for few and for many. */
const BUILDERS: Record<string, (can: Capabilities) => string> = {
  "ops of a job": () => documents.opsDocument(1),
  "ops of jobs": () => documents.opsDocument(20),
  "runs of a job": (can) => documents.jobRunsDocument(can, 1),
  "runs of jobs": (can) => documents.jobRunsDocument(can, 10),
  "results of a check": (can) => documents.checksDocument(can, 1),
  "results of checks": (can) => documents.checksDocument(can, 40),
  "a page of events": (can) => eventDocument((name) => can.has(name), { stack: false }),
  "a page of events with stacks": (can) => eventDocument((name) => can.has(name), { stack: true }),
};

/** The documents that need the capabilities alone. */
const PLAIN = Object.fromEntries(
  Object.entries(documents).flatMap(([name, value]) =>
    name.endsWith("_DOCUMENT") && typeof value === "function"
      ? [[name, (can: Capabilities) => String(Reflect.apply(value, undefined, [can]))]]
      : [],
  ),
);
const ALL = Object.entries({ ...PLAIN, ...BUILDERS });

describe("the documents", () => {
  it("are all looked at", () => {
    const builders = Object.keys(documents).filter((name) => name.endsWith("Document"));
    expect(builders.sort()).toEqual(["checksDocument", "jobRunsDocument", "opsDocument"]);
    expect(Object.keys(PLAIN).sort()).toEqual([
      "ASSETS_DOCUMENT",
      "ASSET_NAMES_DOCUMENT",
      "ASSET_STATES_DOCUMENT",
      "CONDITIONS_DOCUMENT",
      "MATERIALIZATIONS_DOCUMENT",
      "OP_JOBS_DOCUMENT",
      "PROBE_DOCUMENT",
      "RUNS_DOCUMENT",
      "STEPS_DOCUMENT",
      "WORKSPACE_DOCUMENT",
    ]);
  });

  it.each(ALL)("%s is valid in every schema that says what it has", (_name, document) => {
    for (const schema of [NEWER, OLDER, PLUS]) {
      expect(problems(schema, document(capabilitiesOf(schema)))).toEqual([]);
    }
  });

  it.each(ALL)("%s is one query with a name, which only reads", (_name, document) => {
    const operations = parse(document(capabilitiesOf(NEWER))).definitions.filter(
      (one) => one.kind === Kind.OPERATION_DEFINITION,
    );
    expect(
      operations.map(({ operation, name }) => [operation, /^R(unlens|un)[A-Z]\w+$/.test(name?.value ?? "")]),
    ).toEqual([["query", true]]);
  });

  it.each(ALL)("%s has no value written into it but what is fixed", (_name, document) => {
    const values = new Set<string>();
    visit(parse(document(capabilitiesOf(NEWER))), {
      StringValue: (node) => void values.add(print(node)),
      FloatValue: (node) => void values.add(print(node)),
      // What is only looked at, and how many ticks are looked at.
      IntValue: (node) =>
        void (["1", String(documents.TICKS)].includes(node.value) || values.add(node.value)),
    });
    expect([...values]).toEqual([]);
  });
});

describe("the introspection", () => {
  it("is valid in every schema, and small", () => {
    for (const schema of [NEWER, OLDER, PLUS]) expect(problems(schema, INTROSPECTION)).toEqual([]);
    expect(INTROSPECTION.match(/__type\(/g)?.length).toBeLessThan(20);
  });

  it("knows types, fields and arguments, and no others", () => {
    const [newer, older] = [capabilitiesOf(NEWER), capabilitiesOf(OLDER)];
    const known = [
      "AssetNode",
      "AssetNode.kinds",
      "Run.assetSelection.limit",
      "Query.assetsOrError.assetKeys",
    ];
    expect(known.map((name) => newer.has(name))).toEqual([true, true, true, true]);
    expect(known.map((name) => older.has(name))).toEqual([true, false, false, false]);
    expect(newer.has("AssetNode.nothing")).toBe(false);
    expect(new Capabilities({}).has("Query")).toBe(false);
  });

  it("knows Dagster+ by a type of its own", () => {
    expect(
      [PLUS, NEWER, OLDER].map((schema) => capabilitiesOf(schema).has("DagsterCloudDeployment")),
    ).toEqual([true, false, false]);
  });

  it("finds the fields of the root, whatever that is called", () => {
    const renamed = buildSchema(
      `schema { query: CloudQuery }\n${printSchema(NEWER).replace("type Query {", "type CloudQuery {")}`.replace(
        /^schema \{[^}]*mutation[^}]*\}/m,
        "",
      ),
    );
    expect(renamed.getQueryType()?.name).toBe("CloudQuery");
    const can = capabilitiesOf(renamed);
    expect(can.has("Query.assetsOrError.assetKeys")).toBe(true);
    for (const [, document] of ALL) expect(problems(renamed, document(can))).toEqual([]);
    expect(documents.ASSET_STATES_DOCUMENT(can)).toContain("assetHealth");
  });
});

describe("what is younger than 1.6", () => {
  const { ASSETS_DOCUMENT, ASSET_STATES_DOCUMENT, RUNS_DOCUMENT, STEPS_DOCUMENT } = documents;
  const events = BUILDERS["a page of events"] ?? (() => "");
  const checks = BUILDERS["results of checks"] ?? (() => "");

  it.each([
    ["kinds", ASSETS_DOCUMENT, /\bkinds\b/],
    ["policies of 1.11", ASSETS_DOCUMENT, /internalFreshnessPolicy/],
    ["policies where they are judged", ASSET_STATES_DOCUMENT, /internalFreshnessPolicy/],
    ["what the freshness daemon found", ASSET_STATES_DOCUMENT, /freshnessStatusInfo/],
    ["the health of Dagster+", ASSET_STATES_DOCUMENT, /assetHealth/],
    ["times of creation", RUNS_DOCUMENT, /\bcreationTime\b/],
    ["the limit of a selection", RUNS_DOCUMENT, /assetSelection\(limit: 1\)/],
    ["the checks of a run", STEPS_DOCUMENT, /\bassetChecks \{ name/],
    ["partitions of checks", checks, /\bpartition\b/],
    ["assets that failed to be made", events, /FailedToMaterializeEvent/],
  ] as const)("%s are asked of servers that have them alone", (_name, document, words) => {
    expect(document(capabilitiesOf(NEWER))).toMatch(words);
    expect(document(capabilitiesOf(OLDER))).not.toMatch(words);
    // The older server would refuse the whole document.
    expect(problems(OLDER, document(capabilitiesOf(NEWER)))).not.toEqual([]);
  });

  it("has something in its place where a question needs it", () => {
    const older = capabilitiesOf(OLDER);
    expect(RUNS_DOCUMENT(older)).toMatch(/RunStatsSnapshot \{ enqueuedTime launchTime \}/);
    expect(ASSETS_DOCUMENT(older)).toMatch(/computeKind/);
    expect(RUNS_DOCUMENT(capabilitiesOf(NEWER))).not.toMatch(/RunStatsSnapshot/);
  });
});
