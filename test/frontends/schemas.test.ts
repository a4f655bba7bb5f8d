import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { zodToJsonSchema } from "zod-to-json-schema";
import { instructions } from "../../src/frontends/instructions.ts";
import { inputSchema, outputSchema, responseSchema, sharedInputs } from "../../src/frontends/schemas.ts";
import { operations } from "../../tools/index.ts";
import { fakes, getRow, listRows } from "./fake.ts";

/** What zod says of an input, without what the tool list leaves out on purpose. */
function byZod(input: z.ZodObject): unknown {
  const { $schema: _, ...schema } = z.toJSONSchema(input, {
    io: "input",
    override: ({ jsonSchema }) => {
      for (const noise of ["minimum", "maximum", "minLength", "minItems"])
        Reflect.deleteProperty(jsonSchema, noise);
      if (jsonSchema.default === false || jsonSchema.default === "include") delete jsonSchema.default;
    },
  });
  return schema;
}

describe("input schemas", () => {
  it.each(
    [...operations, ...fakes].map((operation) => [operation.name, operation] as const),
  )("of %s say what zod says", (_, operation) => {
    expect(inputSchema(operation)).toEqual(byZod(operation.input));
  });

  it("are made once", () => {
    expect(inputSchema(listRows)).toBe(inputSchema(listRows));
  });

  it("carry no noise", () => {
    expect(JSON.stringify(inputSchema(listRows))).not.toMatch(/\$schema|9007199254740991|minLength/);
  });
});

describe("output schemas", () => {
  it("name the fields with their types, and lists as lists", () => {
    expect(outputSchema(getRow)).toEqual({
      type: "object",
      properties: {
        row_id: { type: "string" },
        raw_sql: {},
        runs: { type: "array", items: { type: "object" } },
        source: { type: "object" },
      },
    });
  });

  it("are given in full for --response-schema", () => {
    expect(responseSchema(getRow)).toMatchObject({
      properties: { runs: { items: { properties: { run_id: { type: "string" } } } } },
    });
  });
});

describe("all definitions together", () => {
  const definitions = operations.map((operation) => ({
    name: operation.name,
    title: operation.title,
    description: `${operation.summary} ${operation.guidance}`,
    inputSchema: inputSchema(operation),
    outputSchema: outputSchema(operation),
    annotations: { readOnlyHint: true, openWorldHint: true },
  }));

  it("stay under 6,000 tokens", () => {
    expect(encode(JSON.stringify(definitions)).length).toBeLessThan(6000);
  });

  it("have instructions of at most 1.5 kB that explain the inputs they share", () => {
    const text = instructions(operations);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1500);
    for (const input of ["tags", "since", "environment", "include_or_exclude"])
      expect(text).toContain(`${input}: `);
    expect(sharedInputs(operations).map(([name]) => name)).not.toContain("step_key");
  });
});

describe("zod-to-json-schema", () => {
  // Why the named package is not used: it knows zod 3 alone, and says nothing about it.
  it("gives an empty schema for zod 4", () => {
    // Its types refuse the zod 4 schema too; the point is what happens when they are overruled.
    const schema: object = zodToJsonSchema(listRows.input as never);
    expect(Object.keys(schema)).toEqual(["$schema"]);
  });
});
