import { expect, it } from "vitest";
import * as z from "zod";
import { zodToJsonSchema } from "zod-to-json-schema";

const schema = z.strictObject({ slowest_n: z.int().min(1) });

it("zod-to-json-schema gives an empty schema for zod 4 without a word: why it is not used", () => {
  // Its types are those of zod 3; the cast is what any caller would have to write.
  const converted = zodToJsonSchema(schema as unknown as Parameters<typeof zodToJsonSchema>[0]);
  expect(converted).not.toHaveProperty("properties");
});

it("z.toJSONSchema has the properties", () => {
  expect(z.toJSONSchema(schema)).toHaveProperty("properties.slowest_n");
});
