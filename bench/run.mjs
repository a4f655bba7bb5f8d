/**
 * Runs the benchmarks: a table on stdout, everything as JSON in bench/out/latest.json.
 *
 *     npm run bench                             all of them, five pairs each
 *     npm run bench -- --only cold-start,tokens  some
 *     npm run bench -- --pairs 1                 quick and rough
 *     npm run bench -- --record                  also writes bench/results.md
 *     npm run bench -- --strict                  exits with 1 where a target is missed
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { anomalies } from "./anomalies.mjs";
import { coldStart } from "./cold-start.mjs";
import { dagster } from "./dagster.mjs";
import { dbtCloud } from "./dbt-cloud.mjs";
import { firstAnswer } from "./first-answer.mjs";
import { generateOnce, LARGE } from "./generate.mjs";
import { http, soak } from "./http.mjs";
import { markdown, passes, table } from "./lib/figures.mjs";
import { buildEmptyServer, copyBuild, DATA, newFolder, OUT, RESULTS, removeFolder } from "./lib/places.mjs";
import { lineage } from "./lineage.mjs";
import { paradimeSdk } from "./paradime-sdk.mjs";
import { questions } from "./questions.mjs";
import { tokens } from "./tokens.mjs";

const PARTS = [
  "cold-start",
  "first-answer",
  "questions",
  "http",
  "soak",
  "dbt-cloud",
  "dagster",
  "lineage",
  "anomalies",
  "paradime-sdk",
  "tokens",
];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    pairs: { type: "string", default: "5" },
    record: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
  },
});
const wanted = values.only?.split(",") ?? PARTS;
const unknown = wanted.find((part) => !PARTS.includes(part));
if (unknown !== undefined) throw new Error(`--only knows ${PARTS.join(", ")}, not ${unknown}.`);
const pairs = Number(values.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new Error("--pairs is a whole number, 1 or more.");

/** How busy the machine was with other things: ratios stand that, absolute times do not. */
const [loadBefore = 0] = loadavg();
/** @type {import("./lib/figures.mjs").Figure[]} */
const figures = [];
/** @type {Awaited<ReturnType<typeof tokens>> | null} */
let sizes = null;
/** @type {Awaited<ReturnType<typeof anomalies>> | null} */
let found = null;
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

copyBuild();
await buildEmptyServer();
if (wanted.includes("cold-start")) {
  say("cold start ...");
  figures.push(...(await coldStart(pairs)));
}
if (["first-answer", "questions", "http", "soak"].some((part) => wanted.includes(part))) {
  say("large artifacts (made once, about 500 MB) ...");
  generateOnce(DATA, LARGE);
  const store = newFolder();
  try {
    say("first answer ...");
    const first = await firstAnswer(wanted.includes("first-answer") ? pairs : 0, store);
    if (wanted.includes("first-answer")) figures.push(...first);
    if (wanted.includes("questions")) {
      say("questions ...");
      figures.push(...(await questions(pairs, store)));
    }
    if (wanted.includes("http")) {
      say("shared server ...");
      figures.push(...(await http(pairs, store)));
    }
    if (wanted.includes("soak")) {
      say("shared server, ten minutes ...");
      figures.push(...(await soak(store)));
    }
  } finally {
    removeFolder(store);
  }
}
if (wanted.includes("dbt-cloud")) {
  say("dbt Cloud ...");
  figures.push(...(await dbtCloud(pairs)));
}
if (wanted.includes("dagster")) {
  say("Dagster ...");
  figures.push(...(await dagster(pairs)));
}
if (wanted.includes("lineage")) {
  say("lineage ...");
  figures.push(...(await lineage()));
}
if (wanted.includes("anomalies")) {
  say("anomalies ...");
  found = await anomalies();
  figures.push(...found.figures);
}
if (wanted.includes("paradime-sdk")) {
  say("paradime-io, one pair, some ten minutes ...");
  generateOnce(DATA, LARGE);
  const beside = await paradimeSdk();
  if (beside === null) say("left out: paradime-io is not installed; `node scripts/live-setup.mjs` does that");
  else figures.push(...beside);
}
if (wanted.includes("tokens")) {
  say("tokens ...");
  sizes = await tokens();
  figures.push(...sizes.figures);
}

const machine = {
  node: process.version,
  system: `${platform()} ${arch()}`,
  processors: cpus().length,
  memoryGb: Math.round(totalmem() / 1024 ** 3),
  loadBefore: Math.round(loadBefore * 10) / 10,
};
const report = [
  `Node ${machine.node}, ${machine.system}, ${machine.processors} processors, ${machine.memoryGb} GB of memory, load average ${machine.loadBefore} before the start, ${pairs} pairs.`,
  table(figures),
  ...(found === null
    ? []
    : ["Slow runs planted in made-up series, and what is found of them:", markdown(found.kinds)]),
  ...(sizes === null ? [] : [sizeTables(sizes)]),
].join("\n\n");
mkdirSync(OUT, { recursive: true });
writeFileSync(
  join(OUT, "latest.json"),
  `${JSON.stringify({ machine, pairs, figures, ...sizes }, null, 2)}\n`,
);
if (values.record)
  writeFileSync(
    RESULTS,
    `# Measured\n\nWritten by \`npm run bench -- --record\`; bench/README.md says what each figure means.\n\n${report}\n`,
  );
process.stdout.write(`${report}\n`);
if (values.strict && figures.some((figure) => passes(figure) === false)) process.exitCode = 1;

/** @param {Awaited<ReturnType<typeof tokens>>} sizes */
function sizeTables({ tools, answers }) {
  const toolRows = tools.map(({ name, tokens: count }) => [name, String(count)]);
  const answerRows = answers.map(({ name, ask, structured, text }) => [
    name,
    ask,
    String(structured),
    String(text),
  ]);
  return [
    "Definitions, in tokens:",
    markdown([["tool", "tokens"], ...toolRows]),
    "Answers to the examples on the demo data, in tokens:",
    markdown([["tool", "question", "structured", "text"], ...answerRows]),
  ].join("\n\n");
}
