import { describe, expect, it } from "vitest";
import { cleanAnswer, cleanText } from "../../src/frontends/clean.ts";

describe("cleanText", () => {
  it("leaves text in any script, tabs and line feeds as they are", () => {
    const text = "Größe\t= 3\nключ 鍵 🚲 e\u0301";
    expect(cleanText(text)).toBe(text);
  });

  it("takes out terminal colours, titles and cursor movements whole", () => {
    expect(cleanText("a\u001b[31mred\u001b[0m b")).toBe("ared b");
    expect(cleanText("x\u001b]0;owned\u0007y")).toBe("xy");
    expect(cleanText("x\u001b]8;;http://evil.example\u001b\\y")).toBe("xy");
    expect(cleanText("x\u009b2Jy")).toBe("xy");
  });

  it("takes out other controls, and marks that reorder or hide text", () => {
    expect(cleanText("a\u0000b\u0008c\u007fd\u202ee\u200bf\ufeffg")).toBe("abcdefg");
  });

  it("keeps a bracket that follows a line break", () => {
    expect(cleanText("one\n[INFO] two\t[x]")).toBe("one\n[INFO] two\t[x]");
  });

  it("makes one line break of two characters, and none of a lone carriage return", () => {
    expect(cleanText("one\r\ntwo\rthree")).toBe("one\ntwothree");
  });

  it("cuts very long text with a mark that says how much is gone, never inside a character", () => {
    expect(cleanText("x".repeat(4100))).toBe(`${"x".repeat(4000)}… [100 more characters]`);
    expect(cleanText(`${"x".repeat(9)}🚲rest`, 10)).toBe(`${"x".repeat(9)}… [6 more characters]`);
  });
});

describe("cleanAnswer", () => {
  it("cleans every text at any depth, names in records too, and nothing else", () => {
    const answer = {
      n: 1,
      none: null,
      list: ["a\u0000"],
      deep: [{ text: "b\u0007", ok: true }],
      record: { "k\u001b[1m": 2 },
    };
    expect(cleanAnswer(answer)).toEqual({
      n: 1,
      none: null,
      list: ["a"],
      deep: [{ text: "b", ok: true }],
      record: { k: 2 },
    });
  });

  it("lets SQL be longer than other text", () => {
    const long = "x".repeat(10_000);
    expect(cleanAnswer({ raw_sql: long, message: long })).toEqual({
      raw_sql: long,
      message: `${"x".repeat(4000)}… [6000 more characters]`,
    });
  });
});

it("takes out invisible letters, which only a model would read", () => {
  const hidden = [..."ignore"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
  expect(cleanText(`orders${hidden}`)).toBe("orders");
});
