/**
 * The emulator of the Discovery API before a client that we did not write: every GraphQL document of dbt-mcp, the
 * vendor's own MCP server, is valid against its schema and is answered from the demo's artifacts. The client is
 * downloaded for the test; nothing of it is kept.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kind, parse, validate } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { artifactsWorld } from "../emulators/dbt-cloud/artifacts.ts";
import { createDiscovery } from "../emulators/dbt-cloud/discovery/execute.ts";
import { loadSchema } from "../emulators/dbt-cloud/discovery/schema.ts";
import { DEMO_ARTIFACTS, objectAt, parseObject } from "./places.ts";

const CLIENT = "dbt-mcp==2.1.2";
const NOW = Date.UTC(2026, 10, 18, 7, 30);

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "runlens-live-"));
const world = artifactsWorld(DEMO_ARTIFACTS);
const environmentId = world.environments.find(({ deploymentType }) => deploymentType === "production")?.id;
/** By the name that each has in the client. */
const documents = new Map<string, string>();

beforeAll(async () => {
  const download = ["-m", "pip", "download", "--quiet", "--no-deps", "--python-version", "3.12"];
  await run("python3", [...download, "--only-binary=:all:", "--dest", folder, CLIENT]);
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip left no wheel of ${CLIENT}`);
  await run("python3", ["-m", "zipfile", "-e", join(folder, wheel), join(folder, "client")]);
  const script = join(import.meta.dirname, "graphql-documents.py");
  const { stdout } = await run("python3", [script, join(folder, "client")]);
  for (const [name, text] of Object.entries(parseObject(stdout))) documents.set(name, String(text));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MODEL = "model.pedal_harbour.mart_month_close";
const filterOf = (type: string, uniqueId: string) => ({
  filter: { types: [type], uniqueIds: [uniqueId] },
  first: 1,
});
const ofModel = { modelsFilter: { uniqueIds: [MODEL] }, first: 1 };

/** What the client sends with each operation, and where the answer has rows. The demo has no semantic model. */
const OPERATIONS: Readonly<Record<string, { variables: object; rows: string; none?: true }>> = {
  GetModels: {
    variables: { modelsFilter: {}, first: 100, sort: { field: "queryUsageCount", direction: "desc" } },
    rows: "models.edges",
  },
  GetModelDetails: { variables: ofModel, rows: "models.edges" },
  GetModelParents: { variables: ofModel, rows: "models.edges.0.node.parents" },
  GetModelChildren: { variables: ofModel, rows: "models.edges.0.node.children" },
  GetSources: {
    variables: { sourcesFilter: { sourceNames: ["workshop"] }, first: 100 },
    rows: "sources.edges",
  },
  Exposures: { variables: { first: 100 }, rows: "exposures.edges" },
  GetMacros: { variables: { filter: { types: ["Macro"] }, first: 100 }, rows: "resources.edges" },
  GetPackages: { variables: { resource: "macro" }, rows: "packages" },
  GetFullLineage: {
    variables: {
      types: [
        "Model",
        "Source",
        "Seed",
        "Snapshot",
        "Exposure",
        "Metric",
        "SemanticModel",
        "SavedQuery",
        "Macro",
        "Test",
      ],
    },
    rows: "lineage",
  },
  ModelHistoricalRuns: { variables: { uniqueId: MODEL, lastRunCount: 100 }, rows: "modelHistoricalRuns" },
  ModelDetails: { variables: filterOf("Model", MODEL), rows: "resources.edges" },
  SourceDetails: {
    variables: filterOf("Source", "source.pedal_harbour.workshop.tickets"),
    rows: "resources.edges",
  },
  ExposureDetails: {
    variables: filterOf("Exposure", "exposure.pedal_harbour.finance_dashboard"),
    rows: "resources.edges",
  },
  TestDetails: {
    variables: filterOf("Test", "test.pedal_harbour.trips_longer_than_a_day"),
    rows: "resources.edges",
  },
  SeedDetails: { variables: filterOf("Seed", "seed.pedal_harbour.tariffs"), rows: "resources.edges" },
  SnapshotDetails: {
    variables: filterOf("Snapshot", "snapshot.pedal_harbour.snap_bikes"),
    rows: "resources.edges",
  },
  MacroDetails: { variables: filterOf("Macro", "macro.dbt.test_not_null"), rows: "resources.edges" },
  SemanticModelDetails: {
    variables: filterOf("SemanticModel", "semantic_model.pedal_harbour.none"),
    rows: "resources.edges",
    none: true,
  },
};

/** Fields that are younger than March 2025, and the documents that ask for them. */
const YOUNGER: Readonly<Record<string, string>> = {
  "get_model_details.gql": "relationName",
  "get_source_details.gql": "lastKnownResult",
  "get_test_details.gql": "lastKnownResult",
};

function operationOf(text: string): string {
  const [definition] = parse(text).definitions;
  return definition?.kind === Kind.OPERATION_DEFINITION ? (definition.name?.value ?? "") : "";
}

/** What stands at `path` within one of the two states, whichever was asked for. */
function rowsAt(body: unknown, path: string): unknown {
  const [state] = Object.values(objectAt(objectAt(body, "data"), "environment"));
  return path.split(".").reduce<unknown>((value, key) => Reflect.get(Object(value), key), state);
}

test("there is a document for each of the operations known here, and no other", () => {
  const operations = [...documents.values()].map(operationOf);
  expect(operations.sort()).toEqual(Object.keys(OPERATIONS).sort());
});

test("every document is valid against the schema of 2026-06", () => {
  for (const [name, text] of documents) {
    expect([name, validate(loadSchema("2026-06"), parse(text))]).toEqual([name, []]);
  }
});

test("against the schema of 2025-03 they fail by younger fields alone", () => {
  for (const [name, text] of documents) {
    const errors = validate(loadSchema("2025-03"), parse(text)).map(({ message }) => message);
    const field = YOUNGER[name];
    expect([name, errors]).toEqual([
      name,
      field === undefined ? [] : [expect.stringMatching(`^Cannot query field "${field}"`)],
    ]);
  }
});

describe.each(["2025-03", "2026-06"] as const)("the emulator with the schema of %s", (vintage) => {
  const api = createDiscovery(world, { vintage, now: () => NOW });

  test("answers every document that it takes from the demo", async () => {
    let answered = 0;
    for (const [name, query] of documents) {
      const { variables, rows, none } = OPERATIONS[operationOf(query)] ?? { variables: {}, rows: "" };
      const { status, body } = await api.execute({ query, variables: { environmentId, ...variables } }, null);
      if (vintage === "2025-03" && name in YOUNGER) {
        expect([name, status]).toEqual([name, 400]);
        continue;
      }
      expect([name, status, objectAt(body).errors]).toEqual([name, 200, undefined]);
      const found = rowsAt(body, rows);
      expect([name, Array.isArray(found) && found.length > 0]).toEqual([name, none !== true]);
      answered += 1;
    }
    expect(answered).toBe(documents.size - (vintage === "2025-03" ? Object.keys(YOUNGER).length : 0));
  });
});
