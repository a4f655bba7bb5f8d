import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { INPUT_HELP } from "../src/core/inputs.ts";
import { operations } from "../tools/index.ts";

const root = join(import.meta.dirname, "..");
const dashed = (name: string) => name.replaceAll("_", "-");

/** The kinds of input that agents' clients handle well. */
function kindOf(schema: z.core.$ZodType): string {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const { type, enum: words, items } = json;
  if (type === "array" && typeof items === "object" && !Array.isArray(items))
    return `array of ${items.enum ? "enum" : String(items.type)}`;
  return words === undefined ? String(type) : "enum";
}

describe.each(
  operations.map((operation) => [operation.name, operation] as const),
)("%s", (name, operation) => {
  it("has a name, a file and a path that match", () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(name.length).toBeLessThanOrEqual(32);
    expect(existsSync(join(root, "tools", `${dashed(name)}.ts`))).toBe(true);
    const placeholders = [...operation.path.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1]);
    expect(placeholders.every((input) => input !== undefined && input in operation.input.shape)).toBe(true);
  });

  it("says in few words what it answers and when to use it", () => {
    expect(operation.title.length).toBeLessThanOrEqual(40);
    expect(operation.summary.length).toBeLessThanOrEqual(120);
    expect(operation.summary).toMatch(/\.$/);
    expect(operation.guidance.length).toBeLessThanOrEqual(300);
  });

  it("takes flat inputs only, without union, null or nesting", () => {
    const allowed = ["string", "number", "integer", "boolean", "enum", "array of string", "array of enum"];
    for (const [input, schema] of Object.entries(operation.input.shape))
      expect([input, allowed.includes(kindOf(schema))]).toEqual([input, true]);
  });

  it("refuses unknown arguments and explains every known one", () => {
    expect(operation.input.safeParse({ bogus: 1 }).success).toBe(false);
    for (const input of Object.keys(operation.input.shape))
      expect([input, INPUT_HELP[input]?.length ?? 0]).not.toEqual([input, 0]);
  });

  it("has examples whose inputs are valid", () => {
    expect(operation.examples.length).toBeGreaterThan(0);
    for (const example of operation.examples) {
      expect(example.ask).toMatch(/[.?]$/);
      expect(operation.input.safeParse(example.input).success).toBe(true);
    }
  });

  it("shows columns that its answer has", () => {
    const items = operation.output.shape.items;
    const shape =
      items instanceof z.ZodArray && items.element instanceof z.ZodObject
        ? items.element.shape
        : operation.output.shape;
    expect(operation.columns.filter((column) => !(column in shape))).toEqual([]);
  });

  it("says where its answer came from", () => {
    expect(Object.keys(operation.output.shape)).toContain("source");
  });

  it("has tests of its own with a snapshot and an error", () => {
    const own = readFileSync(join(root, "test/tools", `${dashed(name)}.test.ts`), "utf8");
    expect(own).toContain(`demo.ask("${name}"`);
    expect(own).toContain("toMatchFileSnapshot");
    expect(own).toContain(".rejects.toMatchObject");
  });
});

describe("the registry", () => {
  it("has every file of tools/ once and at most 20 operations", () => {
    const files = readdirSync(join(root, "tools"))
      .filter((file) => file !== "index.ts")
      .sort();
    expect(operations.map((operation) => `${dashed(operation.name)}.ts`).sort()).toEqual(files);
    expect(operations.length).toBeLessThanOrEqual(20);
    expect(new Set(operations.map((operation) => operation.path)).size).toBe(operations.length);
  });

  it("gives one input name one type everywhere", () => {
    const kinds = new Map<string, Set<string>>();
    for (const operation of operations) {
      for (const [input, schema] of Object.entries(operation.input.shape)) {
        kinds.set(input, (kinds.get(input) ?? new Set()).add(kindOf(schema)));
      }
    }
    expect([...kinds].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  it("explains no input that no operation has", () => {
    const used = new Set(operations.flatMap((operation) => Object.keys(operation.input.shape)));
    expect(Object.keys(INPUT_HELP).filter((input) => !used.has(input))).toEqual([]);
  });
});
