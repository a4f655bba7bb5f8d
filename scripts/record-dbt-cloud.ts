/**
 * `npm run record dbt-cloud`: asks a fixed list of questions of the account that the environment names, and keeps what
 * its APIs said, without anything that belongs to the account, for the tests to replay.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readCloud, sourceOptions } from "../src/config-cloud.ts";
import { RunlensError } from "../src/errors.ts";
import { record } from "./dbt-cloud/record.ts";

const USAGE = `Usage: npm run record dbt-cloud [-- --name <name> --folder <folder>]

Needs DBT_SERVICE_TOKEN and DBT_ACCOUNT_ID, and DBT_HOST or DBT_ADMIN_URL and DBT_DISCOVERY_URL where the account
does not lie on the default host. Writes test/recordings/dbt-cloud/<name>.json; read it before you commit it.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: "string", default: "account" },
      folder: { type: "string", default: "test/recordings/dbt-cloud" },
    },
  });
  const account = readCloud(process.env);
  if (positionals[0] !== "dbt-cloud" || account === null) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const { kept } = await record(sourceOptions(account), Date.now());
  mkdirSync(values.folder, { recursive: true });
  const file = join(values.folder, `${values.name}.json`);
  writeFileSync(file, `${JSON.stringify(kept)}\n`);
  process.stderr.write(`${kept.exchanges.length} answers of the account are in ${file}.\n`);
}

try {
  await main();
} catch (error) {
  const said = error instanceof RunlensError ? `${error.message} ${error.hint}` : String(error);
  process.stderr.write(`${said}\n`);
  process.exitCode = 1;
}
