/** How long after its start a server has answered `tools/list`, beside a server of one empty tool. */
import { performance } from "node:perf_hooks";
import { Client } from "./lib/client.mjs";
import { EMPTY_SERVER, RUNLENS } from "./lib/places.mjs";
import { median, pairs } from "./lib/statistics.mjs";

/** Starts within one measurement of a pair: a single start says little on a busy machine. */
const STARTS = 7;

/** @param {number} count pairs @returns {Promise<import("./lib/figures.mjs").Figure[]>} */
export async function coldStart(count) {
  await start([RUNLENS, "mcp"]);
  await start([EMPTY_SERVER]);
  const measured = [];
  for (let pair = 0; pair < count; pair++) {
    const turns = await pairs(
      STARTS,
      () => start([RUNLENS, "mcp"]),
      () => start([EMPTY_SERVER]),
    );
    measured.push({
      one: median(turns.map(({ one }) => one)),
      other: median(turns.map(({ other }) => other)),
    });
  }
  const ours = median(measured.map(({ one }) => one));
  const empty = median(measured.map(({ other }) => other));
  return [
    {
      group: "cold start",
      name: "tools/list answered",
      value: median(measured.map(({ one, other }) => one / other)),
      unit: "x",
      target: 1.4,
      detail: `${ours.toFixed(0)} ms, empty server ${empty.toFixed(0)} ms`,
    },
  ];
}

/** @param {readonly string[]} command */
async function start(command) {
  const client = new Client(command);
  await client.initialize();
  await client.listTools();
  const took = performance.now() - client.startedAt;
  await client.close();
  return took;
}
