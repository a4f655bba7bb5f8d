/**
 * Opens a real Dagster for a person to look at: `npm run dagster`. With `--record` it is recorded for the tests to replay
 * (`npm run record dagster`), and stopped; `--oldest` takes the oldest version that is supported.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { openDagster } from "./environment.ts";
import { NEWEST, OLDEST } from "./installation.ts";

const { values } = parseArgs({
  options: {
    oldest: { type: "boolean" },
    record: { type: "boolean" },
    port: { type: "string", default: "0" },
  },
});
const begun = Date.now();
const { url, home, runs, close } = await openDagster(values.oldest ? OLDEST : NEWEST, {
  port: Number(values.port),
});
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => close().then(() => process.exit()));

if (values.record) {
  const env = { ...process.env, DAGSTER_GRAPHQL_URL: url };
  const recorder = spawn(process.execPath, ["dist/scripts/record.js", "dagster"], { env, stdio: "inherit" });
  const [code] = await once(recorder, "close");
  await close();
  process.exitCode = code === 0 ? 0 : 1;
} else {
  const seconds = (Date.now() - begun) / 1000;
  console.log(JSON.stringify({ url, home, seconds, runs: Object.fromEntries(runs) }, null, 2));
  setInterval(() => undefined, 1 << 30);
}
