/** What an agent pays to know the tools and to read their answers, in tokens. */
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { Client } from "./lib/client.mjs";
import { DEMO, loadOperations, RUNLENS } from "./lib/places.mjs";

const BUDGET = 6000;

/**
 * @typedef {{ name: string, tokens: number }} ToolSize
 * @typedef {{ name: string, ask: string, structured: number, text: number, bytes: number }} AnswerSize
 */

/** Counts on the demo data, as an MCP client sees them. @returns {Promise<{ figures: import("./lib/figures.mjs").Figure[], tools: ToolSize[], answers: AnswerSize[] }>} */
export async function tokens() {
  const operations = await loadOperations();
  const client = new Client([RUNLENS, "mcp", "--config", DEMO, "--store", ":memory:"]);
  await client.initialize();
  const listed = await client.listTools();
  /** @type {AnswerSize[]} */
  const answers = [];
  for (const { name, examples } of operations) {
    for (const { ask, input } of examples) {
      const result = await client.call(name, input);
      const structured = JSON.stringify(result.structuredContent);
      const text = result.content?.map((part) => part.text).join("\n") ?? "";
      const bytes = Math.max(Buffer.byteLength(structured), Buffer.byteLength(text));
      answers.push({ name, ask, structured: count(structured), text: count(text), bytes });
    }
  }
  await client.close();
  const tools = listed.map((tool) => ({ name: String(tool.name), tokens: count(JSON.stringify(tool)) }));
  const all = count(JSON.stringify(listed));
  const largest = answers.reduce((a, b) => (a.bytes >= b.bytes ? a : b));
  const figures = [
    figure("definitions of all tools", all, "tokens", BUDGET, `${tools.length} tools`),
    figure("largest answer of an example", largest.bytes, "bytes", 32_000, `${largest.name}: ${largest.ask}`),
  ];
  return { figures, tools, answers };
}

/** @param {string} text */
const count = (text) => encode(text).length;

/** @param {string} name @param {number} value @param {string} unit @param {number} target @param {string} detail */
function figure(name, value, unit, target, detail) {
  return { group: "size", name, value, unit, target, detail };
}
