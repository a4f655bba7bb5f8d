import { describe, expect, it } from "vitest";
import { askFitting, CAP_BYTES } from "../../src/frontends/fit.ts";
import type { Operation } from "../../src/operation.ts";
import { askFake, getRow, listRows } from "./fake.ts";

async function fitted(operation: Operation, input: Record<string, unknown>) {
  const asked: unknown[] = [];
  const fitting = await askFitting(operation, input, (each) => {
    asked.push(each);
    return askFake(operation, each, {});
  });
  const bytes = Math.max(Buffer.byteLength(JSON.stringify(fitting.answer)), Buffer.byteLength(fitting.text));
  return { ...fitting, asked, bytes };
}

const notesOf = (answer: Record<string, unknown>) => JSON.stringify(answer.source);

describe("an answer that fits", () => {
  it("is asked for once and left as it is", async () => {
    const { asked, answer } = await fitted(listRows, { limit: 5 });
    expect(asked).toHaveLength(1);
    expect(answer).toMatchObject({ returned: 5, source: { notes: [] } });
  });
});

describe("a list that does not fit", () => {
  it("becomes a smaller page whose cursor continues right after it", async () => {
    const { answer, bytes, text } = await fitted(listRows, { limit: 500 });
    expect(bytes).toBeLessThanOrEqual(CAP_BYTES);
    expect(answer).toMatchObject({ total: 500, has_more: true });
    expect(Number(answer.next_cursor)).toBe(answer.returned);
    expect(Number(answer.returned)).toBeGreaterThan(100);
    expect(text).toContain(`next_cursor: ${String(answer.next_cursor)}`);
  });

  it("loses no row over all its pages", async () => {
    const seen: unknown[] = [];
    let cursor: unknown;
    do {
      const { answer } = await fitted(listRows, { limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      if (Array.isArray(answer.items))
        seen.push(...answer.items.map((item: { model_id: string }) => item.model_id));
      cursor = answer.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => `shop.model_${index}`));
  });

  it("says in both channels which argument narrows", async () => {
    const { answer, text } = await fitted(listRows, { limit: 500 });
    expect(notesOf(answer)).toMatch(/Shortened to \d+ items .*next_cursor.* narrow with fields, tags/);
    expect(text).toMatch(/note: Shortened to \d+ items/);
  });

  it("counts bytes of UTF-8 in both channels", async () => {
    const wide = { ...listRows, columns: ["text"] };
    const asked = (input: unknown) =>
      askFake(listRows, input, {}).then((answer) => ({
        ...answer,
        items: [...(Array.isArray(answer.items) ? answer.items : [])].map((item: object) => ({
          ...item,
          text: "鍵".repeat(900),
        })),
      }));
    const { answer, text } = await askFitting(wide, { limit: 100 }, asked);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(CAP_BYTES);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CAP_BYTES);
    expect(answer.returned).toBeGreaterThan(5);
  });
});

describe("one thing that does not fit", () => {
  it("loses the end of its longest lists, and says which", async () => {
    const { answer, bytes } = await fitted(getRow, { row_id: "7", size: 5000 });
    expect(bytes).toBeLessThanOrEqual(CAP_BYTES);
    expect(answer).toMatchObject({ row_id: "7", raw_sql: "select 1\nfrom t" });
    expect(Array.isArray(answer.runs) && answer.runs.length).toBeGreaterThan(100);
    expect(notesOf(answer)).toContain("Shortened to stay under 32 kB: runs.");
  });

  it("loses the end of its longest text, with one mark that counts all of it", async () => {
    const { answer, bytes } = await askFitting(getRow, {}, async () => ({
      row_id: "7",
      raw_sql: "x".repeat(100_000),
    })).then((fitting) => ({ ...fitting, bytes: Buffer.byteLength(JSON.stringify(fitting.answer)) }));
    expect(bytes).toBeLessThanOrEqual(CAP_BYTES);
    const sql = String(answer.raw_sql);
    const [, kept = "", gone = ""] = /^(x+)… \[(\d+) more characters\]$/.exec(sql) ?? [];
    expect(kept.length + Number(gone)).toBe(100_000);
  });
});
