import { describe, expect, it } from "vitest";
import { type Plan, scanEntries, type Visitor, type Wanted } from "../../../src/sources/dbt/json-entries.ts";
import { Fields } from "../../../src/sources/dbt/json-fields.ts";
import { FileWindow } from "../../../src/sources/dbt/json-file.ts";

/** Feeds `bytes` to the scan in pieces of the given sizes, the last size again and again. */
function scan(bytes: Uint8Array, plan: Plan, visitor: Visitor, sizes: number[] = [7], capacity = 16): void {
  const window = new FileWindow(capacity);
  const steps = scanEntries(window, plan, visitor);
  let from = 0;
  let turn = 0;
  for (let step = steps.next(); !step.done; step = steps.next()) {
    const room = window.room(step.value);
    const size = Math.min(sizes[Math.min(turn++, sizes.length - 1)] ?? 1, room.length, bytes.length - from);
    room.set(bytes.subarray(from, from + size));
    from += size;
    window.filled(size);
  }
}

/** What `JSON.parse` would give of the members in the plan, built from the entries. */
function collect(
  text: string | Uint8Array,
  plan: Plan,
  sizes?: number[],
  capacity?: number,
): Record<string, unknown> {
  const found = new Map<string, unknown>();
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const parts = new Map<string, [string | number, unknown][]>();
  const visitor: Visitor = {
    begin: (key) => {
      found.delete(key);
      parts.set(key, []);
    },
    entry: (key, name, value) => {
      if (name === null) found.set(key, value);
      else parts.get(key)?.push([name, value]);
      return true;
    },
  };
  scan(bytes, plan, visitor, sizes, capacity);
  for (const [key, list] of parts) {
    if (list.length > 0) {
      found.set(
        key,
        typeof list[0]?.[0] === "number" ? list.map(([, value]) => value) : Object.fromEntries(list),
      );
    }
  }
  return Object.fromEntries(found);
}

const whole: Wanted = { entries: null };

describe("entries of a JSON text", () => {
  it("gives the members of an object and the elements of an array one by one", () => {
    const text = '{"nodes": {"a": {"x": 1}, "b": [1, 2]}, "results": [{"y": null}, 3, "z", true]}';
    expect(collect(text, { nodes: whole, results: whole })).toEqual(JSON.parse(text));
  });

  it("skips what the plan does not name, without parsing it", () => {
    const text = '{"macros": {"a": "}]\\"", "b": [nonsense, {"c": "\\\\"}]}, "n": 1.5, "metadata": {"v": 2}}';
    expect(collect(text, { metadata: "value" })).toEqual({ metadata: { v: 2 } });
  });

  it("reads indented text, a byte order mark, escapes in names and text beyond ASCII", () => {
    const value = { 'naïve "name"': { タグ: ["é", "\u{1f600}", "\\", "\n"] }, nodes: { "a\\b": { d: "ü" } } };
    const text = `\ufeff  ${JSON.stringify(value, null, 4)}\n\n`;
    const plan: Plan = { 'naïve "name"': whole, nodes: whole };
    expect(collect(text, plan, [1])).toEqual(value);
    expect(collect(text, plan, [100_000], 100_000)).toEqual(value);
  });

  it("keeps only the fields that are asked for, also in nested objects", () => {
    const fields = new Fields({
      name: true,
      config: { tags: true, meta: true },
      depends_on: { nodes: true },
    });
    const text = JSON.stringify({
      nodes: {
        a: {
          code: "x".repeat(500),
          name: "a",
          config: { tags: ["t"], other: { tags: 1 }, meta: { k: [1] } },
        },
        b: { name: null, config: null, depends_on: { macros: ["m"], nodes: ["n"] }, nam: 1, names: 2 },
        c: {},
        d: 5,
      },
    });
    expect(collect(text, { nodes: { entries: fields } })).toEqual({
      nodes: {
        a: { name: "a", config: { tags: ["t"], meta: { k: [1] } } },
        b: { name: null, config: null, depends_on: { nodes: ["n"] } },
        c: {},
        d: 5,
      },
    });
  });

  it("finds a wanted field whose name is written with escapes", () => {
    const text = '{"nodes": {"a": {"n\\u0061me": 1, "other": 2}}}';
    expect(collect(text, { nodes: { entries: new Fields({ name: true }) } })).toEqual({
      nodes: { a: { name: 1 } },
    });
  });

  it("lets the later of two members with the same name count", () => {
    const text = '{"nodes": {"a": 1, "b": 2}, "metadata": 1, "nodes": {"a": 3, "a": 4}, "metadata": [2]}';
    expect(collect(text, { nodes: whole, metadata: "value" })).toEqual(JSON.parse(text));
  });

  it("gives nothing for a member that is not a container though entries were wanted", () => {
    expect(collect('{"nodes": null, "results": "x"}', { nodes: whole, results: whole })).toEqual({});
  });

  it("reads an entry that is larger than the window", () => {
    const value = { nodes: { a: { text: 'é\\"'.repeat(5_000) }, b: 1 }, rest: "x".repeat(3_000) };
    expect(collect(JSON.stringify(value), { nodes: whole }, [64], 64)).toEqual({ nodes: value.nodes });
  });

  it("stops when the visitor wants no more, and does not look at the rest", () => {
    const seen: unknown[] = [];
    const visitor: Visitor = {
      entry: (_key, name) => {
        seen.push(name);
        return name !== "b";
      },
    };
    scan(Buffer.from('{"nodes": {"a": 1, "b": 2, "c": 3, this is broken'), { nodes: whole }, visitor);
    expect(seen).toEqual(["a", "b"]);
  });

  it("hands a single malformed entry to the visitor and goes on", () => {
    const seen: unknown[] = [];
    const visitor: Visitor = {
      entry: (_key, name) => {
        seen.push(name);
        return true;
      },
      malformed: (_key, name, offset) => seen.push(`bad ${name} at ${offset}`),
    };
    scan(Buffer.from('{"results": [{"a": 1}, {"a": NaN}, {"a": 2}]}'), { results: whole }, visitor);
    expect(seen).toEqual([0, "bad 1 at 23", 2]);
  });

  it.each([
    ["", "is empty", 0],
    ["   ", "is empty", 0],
    ['{"a": 1', "ends too early", 7],
    ["[1]", "not a JSON object", 0],
    ["nope", "not a JSON object", 0],
    ['{"a": 1} x', "something follows", 9],
    ['{"a": 1}{}', "something follows", 8],
    ['{"a" 1}', "a colon was expected", 5],
    ['{"a": 1 "b": 2}', "a comma was expected", 8],
    ['{"a": }', "a value is missing", 6],
    ["{a: 1}", "a name in quotes was expected", 1],
    ['{"nodes": {"a": {"b": tru}}}', "not valid JSON", 16],
  ])("says what is wrong with %j and where", (text, message, offset) => {
    expect(() => collect(text, { nodes: whole })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), offset }),
    );
  });

  it("notices every place at which a text may be cut short", () => {
    const text = '{"skip": ["a\\"", {"b": "\\\\"}], "nodes": {"a": {"x": "y\\\\", "n": -1.5e3}}, "m": true}';
    for (let length = 0; length < text.length; length++) {
      expect(() => collect(text.slice(0, length), { nodes: whole, m: "value" }), `cut at ${length}`).toThrow(
        expect.objectContaining({ name: "JsonError" }),
      );
    }
  });
});

/** A small generator of numbers, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function randomText(next: () => number): string {
  const letters = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "a",
    "é",
    "漢",
    "\u{1f600}",
    "\u0000",
    "/",
  ];
  const length = next() < 0.1 ? Math.floor(next() * 200) : Math.floor(next() * 8);
  return Array.from({ length }, () => letters[Math.floor(next() * letters.length)] ?? "").join("");
}

function randomValue(next: () => number, depth: number): unknown {
  const kind = Math.floor(next() * (depth > 3 ? 5 : 7));
  if (kind === 0) return null;
  if (kind === 1) return next() < 0.5;
  if (kind === 2) return (next() - 0.5) * 10 ** Math.floor(next() * 20 - 5);
  if (kind < 5) return randomText(next);
  const count = Math.floor(next() * 5);
  if (kind === 5) return Array.from({ length: count }, () => randomValue(next, depth + 1));
  return randomObject(next, depth + 1, count);
}

function randomObject(next: () => number, depth: number, count: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: count }, () => [randomText(next), randomValue(next, depth)]),
  );
}

/** `value` without the members that `fields` does not name. */
function only(value: unknown, names: string[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => names.includes(name)));
}

describe("random JSON in random chunks", () => {
  it("is read as JSON.parse reads it, whole, by entries and by fields", () => {
    for (let seed = 1; seed <= 1_500; seed++) {
      const next = random(seed);
      const value = randomObject(next, 0, 6);
      const text = JSON.stringify(value, null, next() < 0.3 ? 2 : undefined);
      // The order of top-level names and their containers decides how each is wanted.
      const plan: Record<string, Wanted> = {};
      const expected: Record<string, unknown> = {};
      for (const [key, member] of Object.entries(value)) {
        const choice = next();
        const isContainer = typeof member === "object" && member !== null;
        if (choice < 0.25) continue;
        if (choice < 0.5 || !isContainer || Object.keys(member).length === 0) {
          plan[key] = "value";
          expected[key] = member;
        } else if (choice < 0.75) {
          plan[key] = whole;
          expected[key] = member;
        } else {
          const names = Object.values(member).flatMap((entry) =>
            typeof entry === "object" && entry !== null && !Array.isArray(entry)
              ? Object.keys(entry).filter((name) => next() < 0.5 && name !== "")
              : [],
          );
          const escaped = Object.values(member).some(
            (entry) =>
              typeof entry === "object" &&
              entry !== null &&
              Object.keys(entry).some((name) => JSON.stringify(name).includes("\\") || name === ""),
          );
          // Names that need escapes are kept on top of the selection; the test above covers them.
          if (escaped) continue;
          plan[key] = { entries: new Fields(Object.fromEntries(names.map((name) => [name, true]))) };
          expected[key] = Array.isArray(member)
            ? member.map((entry) => only(entry, names))
            : Object.fromEntries(Object.entries(member).map(([name, entry]) => [name, only(entry, names)]));
        }
      }
      const sizes = Array.from({ length: 50 }, () => 1 + Math.floor(next() * 40));
      const capacity = 8 + Math.floor(next() * 100);
      expect(collect(text, plan, sizes, capacity), `seed ${seed}: ${text}`).toEqual(expected);
    }
  });
});
