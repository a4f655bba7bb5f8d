/**
 * `npm run record dagster`: asks a fixed list of questions of the Dagster that the environment names, which has to be
 * one of test/live/dagster, and keeps its schema and its answers for the tests to replay.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { addressOf, readDagster } from "../src/config-dagster.ts";
import { ask } from "../test/live/dagster/graphql.ts";
import { namedRuns } from "../test/live/dagster/named-runs.ts";
import { askAll, QUESTIONS } from "./dagster/questions.ts";
import { type Recording, recording, replaying } from "./dagster/recording.ts";
import { schemaOf } from "./dagster/schema.ts";

const USAGE = `Usage: npm run record dagster [-- --folder <folder>]

Needs DAGSTER_GRAPHQL_URL: the address of a server that \`npm run dagster\` has started, which can also record by itself
(\`npm run dagster -- --record\`). Writes schema-<version>.graphql and <version>.json into test/recordings/dagster.
`;

/** Records the server that the environment names. */
export async function recordDagster(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { folder: { type: "string", default: "test/recordings/dagster" } },
  });
  const settings = readDagster(process.env);
  if (settings === null) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const url = await addressOf(settings);
  const base = url.replace(/\/graphql$/, "");
  const version = String((await ask(base, "{ version }")).version);
  const kept = await record(url, version, Object.fromEntries(await namedRuns(base)));
  mkdirSync(values.folder, { recursive: true });
  const schema = await schemaOf(url, `dagster-webserver ${version}`);
  writeFileSync(join(values.folder, `schema-${version}.graphql`), schema);
  const file = join(values.folder, `${version}.json`);
  writeFileSync(file, `${JSON.stringify(kept)}\n`);
  process.stderr.write(`${kept.exchanges.length} answers of Dagster ${version} are in ${file}.\n`);
}

/** Throws where what was kept does not give the answers that the server gave. */
async function record(url: string, version: string, runs: Recording["runs"]): Promise<Recording> {
  const now = Date.now();
  const live = recording(url);
  const said = await askAll(live.fetch, runs, now);
  const { exchanges } = live;
  const replay = replaying({ exchanges });
  const again = await askAll(replay.fetch, runs, now);
  for (const [index, { title }] of QUESTIONS.entries()) {
    if (!isDeepStrictEqual(said[index], again[index]))
      throw new Error(`${title} is answered otherwise when replayed; missing: ${replay.missing.join(", ")}`);
  }
  const unique = new Map(exchanges.map((one) => [JSON.stringify([one.asked, one.with]), one]));
  return { version, now: new Date(now).toISOString(), runs, exchanges: [...unique.values()] };
}
