import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../../../src/errors.ts";
import { addressOf } from "../../../src/frontends/http/address.ts";
import { openApi } from "../../../src/frontends/http/openapi.ts";
import { responseSchema } from "../../../src/frontends/schemas.ts";
import { operations } from "../../../tools/index.ts";
import { objectAt } from "../../live/places.ts";

const document = openApi(operations, { version: "1.2.3" });
const paths: Record<string, unknown> = document.paths;

/** The part of the document that a `$ref` names, or the part itself. */
function resolved(part: unknown): Record<string, unknown> {
  const { $ref } = objectAt(part);
  if (typeof $ref !== "string") return objectAt(part);
  return $ref
    .slice(2)
    .split("/")
    .reduce<Record<string, unknown>>((at, key) => objectAt(at, key), document);
}

/** What the document says of one operation. */
function described(name: string): Record<string, unknown> {
  for (const item of Object.values(paths)) {
    for (const found of Object.values(objectAt(item))) {
      if (objectAt(found).operationId === name) return objectAt(found);
    }
  }
  throw new Error(`${name} is not described`);
}

function parameter(operation: string, name: string): Record<string, unknown> | undefined {
  const { parameters } = described(operation);
  return Array.isArray(parameters) ? parameters.find((each) => each.name === name) : undefined;
}

it("is accepted by a public validator as OpenAPI 3.1", async () => {
  const validator = new Validator();
  // The validator resolves references in what it is given.
  expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  expect(await new Validator().validate({ ...structuredClone(document), paths: [] })).toMatchObject({
    valid: false,
  });
});

it("has no reference that leads nowhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]);
  expect(references.length).toBeGreaterThan(100);
  for (const $ref of new Set(references)) expect(resolved({ $ref })).toBeTypeOf("object");
});

describe.each(
  operations.map((operation) => [operation.name, operation] as const),
)("%s", (name, operation) => {
  it("is described with every input, its meaning and its bounds", () => {
    const { parameters, requestBody } = described(name);
    const inputs = Array.isArray(parameters)
      ? parameters
      : Object.entries(
          objectAt(
            objectAt(objectAt(objectAt(requestBody, "content"), "application/json"), "schema"),
            "properties",
          ),
        ).map(([input, schema]) => ({ name: input, ...objectAt(schema) }));
    expect(inputs.map((input) => input.name)).toEqual(Object.keys(operation.input.shape));
    for (const input of inputs) expect(input.description).toMatch(/\w/);
  });

  it("can be asked its examples at the paths and by the parameters that are described", () => {
    for (const { input } of operation.examples) {
      const { method, path } = addressOf(operation, input);
      expect(path).not.toContain("undefined");
      const [place = "", query = ""] = path.split("?");
      const template = Object.keys(paths).find((each) => {
        const pattern = new RegExp(`^${each.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
        return (
          pattern.test(place) && resolved(objectAt(paths, each))[method.toLowerCase()] === described(name)
        );
      });
      expect(template).toBeDefined();
      for (const given of new URLSearchParams(query).keys()) expect(parameter(name, given)).toBeDefined();
    }
  });

  it("names every error of the table under its status", () => {
    const responses = objectAt(described(name), "responses");
    for (const [code, { status }] of Object.entries(ERROR_CODES)) {
      expect(resolved(responses[String(status)]).description).toContain(`${code}: `);
    }
  });
});

describe("the document", () => {
  it("says types, bounds, defaults and words of closed lists", () => {
    expect(parameter("slowest_models", "slowest_n")).toMatchObject({
      in: "query",
      required: false,
      schema: { type: "integer", minimum: 1, maximum: 1000, default: 5 },
    });
    expect(parameter("slowest_models", "min_runtime")?.schema).toEqual({ type: "number", minimum: 0 });
    expect(parameter("slowest_models", "tags")).toMatchObject({
      style: "form",
      explode: true,
      schema: { type: "array", items: { type: "string", minLength: 1 }, minItems: 1 },
    });
    expect(parameter("slowest_models", "include_or_exclude")?.schema).toEqual({
      type: "string",
      enum: ["include", "exclude"],
      default: "include",
    });
    expect(parameter("get_run", "run_id")).toMatchObject({ in: "path", required: true });
  });

  it("has the answer in full, whose items need no field where fields can be chosen", () => {
    const answer = objectAt(document.components.schemas, "SlowestModelsAnswer");
    const full = responseSchema(
      operations.find(({ name }) => name === "slowest_models") ?? operations[0] ?? none(),
    );
    const items = objectAt(objectAt(objectAt(answer, "properties"), "items"), "items");
    const whole = objectAt(objectAt(objectAt(full, "properties"), "items"), "items");
    expect(items.properties).toEqual(whole.properties);
    expect(whole.required).toContain("model_id");
    expect(items).not.toHaveProperty("required");
    expect(answer.required).toEqual(full.required);
    expect(objectAt(objectAt(document.components.schemas, "GetModelAnswer")).required).toContain("model_id");
  });

  it("has schemas that a validator of JSON Schema compiles", () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema({ $id: "document", ...document });
    for (const name of Object.keys(document.components.schemas)) {
      const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
      expect(validate({ neither: "nor" })).toBe(false);
    }
  });

  it("names the issuers of tokens that the server takes", () => {
    const { components, security } = openApi(operations, {
      version: "1",
      issuers: ["https://login.example/"],
    });
    expect(components.securitySchemes).toMatchObject({
      key: { type: "http", scheme: "bearer" },
      issuer1: {
        type: "openIdConnect",
        openIdConnectUrl: "https://login.example/.well-known/openid-configuration",
      },
    });
    expect(security).toEqual([{}, { key: [] }, { issuer1: [] }]);
    expect(document.security).toEqual([{}, { key: [] }]);
    expect(openApi(operations, { version: "1", isProtected: true }).security).toEqual([{ key: [] }]);
  });

  it("says which role an operation needs beyond that of a viewer", () => {
    expect(described("query_sql").description).toContain("Needs the role admin.");
    expect(described("get_run").description).not.toContain("Needs the role");
  });
});

function none(): never {
  throw new Error("no such operation");
}
