/** Walks over 30,000 nodes and 100,000 edges with cycles, and the critical path of a build of them all. */
import { join } from "node:path";
import { generateMesh } from "./generator/mesh.mjs";
import { Client } from "./lib/client.mjs";
import { figure } from "./lib/figures.mjs";
import { largeEnvironment, newFolder, RUNLENS, removeFolder } from "./lib/places.mjs";
import { median, timed } from "./lib/statistics.mjs";

/** Models asked about, each once: no answer is one that was given before. */
const QUESTIONS = 48;

/** @returns {Promise<import("./lib/figures.mjs").Figure[]>} */
export async function lineage() {
  const folder = newFolder();
  try {
    const mesh = generateMesh(join(folder, "target"));
    const environment = {
      ...largeEnvironment(join(folder, "store")),
      DBT_ARTIFACTS_PATH: join(folder, "target"),
    };
    const client = new Client([RUNLENS, "mcp"], environment);
    await client.initialize();
    const asked = (/** @type {number} */ i) =>
      mesh.models[Math.floor((i * mesh.models.length) / QUESTIONS) + 7] ?? "";
    // The store is filled, and the graph and the health of all models are made.
    await client.call("list_models", {});
    const first = await timed(() => client.call("get_lineage", { model_id: asked(QUESTIONS / 2 - 1) }));
    for (let warm = 1; warm <= 3; warm++)
      await client.call("get_lineage", { model_id: mesh.models[warm * 4001] });
    const walks = [];
    const reached = [];
    for (let i = 0; i < QUESTIONS; i++) {
      /** @type {Record<string, unknown> | undefined} */
      let answer;
      const input = { model_id: asked(i) };
      walks.push(
        await timed(async () => (answer = (await client.call("get_lineage", input)).structuredContent)),
      );
      reached.push(reachedBy(answer));
    }
    const run = await timed(() => client.call("get_run", { run_id: "latest" }));
    await client.close();
    const size = `${mesh.nodes.toLocaleString("en")} nodes, ${mesh.edges.toLocaleString("en")} edges with cycles`;
    return [
      figure(
        "lineage",
        "p50 of both directions, to any depth",
        median(walks),
        "ms",
        100,
        `${size}; ${median(reached).toFixed(0)} models met, worst ${Math.max(...walks).toFixed(0)} ms`,
      ),
      figure(
        "lineage",
        "the first one",
        first,
        "ms",
        null,
        "the graph, the health and the run times are read",
      ),
      figure(
        "lineage",
        "get_run with its critical path",
        run,
        "ms",
        null,
        "the first answer about a run of 28,500 results",
      ),
    ];
  } finally {
    removeFolder(folder);
  }
}

/** Models of both directions. @param {Record<string, unknown> | undefined} answer */
function reachedBy(answer) {
  const { upstream, downstream } =
    /** @type {{ upstream?: { model_count: number }, downstream?: { model_count: number } }} */ (
      answer ?? {}
    );
  if (upstream === undefined || downstream === undefined)
    throw new Error(`no lineage: ${JSON.stringify(answer)}`);
  return upstream.model_count + downstream.model_count;
}
