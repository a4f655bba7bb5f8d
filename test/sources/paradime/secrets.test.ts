/** Keys and the addresses of artifacts: in no answer, no error, no log, no file; what a run leaves for a moment is gone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, expect, it, vi } from "vitest";
import { credentialsOf } from "../../../src/sources/paradime/endpoint.ts";
import { apiFailure } from "../../../src/sources/paradime/failures.ts";
import { systemClock } from "../../../src/sync/clock.ts";
import { signed } from "../../emulators/paradime/signing.ts";
import { CREDENTIALS } from "../../emulators/paradime/world.ts";
import { MINUTE, openBench, SECRETS } from "./bench.ts";

const folder = mkdtempSync(join(tmpdir(), "runlens-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Every row of a store as text: its columns are compressed in the file. */
async function rowsOf(file: string): Promise<string> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const tables = await connection.runAndReadAll(
    "SELECT schema_name || '.' || table_name FROM duckdb_tables()",
  );
  const rows: string[] = [];
  for (const [table] of tables.getRows()) {
    const found = await connection.runAndReadAll(`SELECT t::VARCHAR FROM ${table} AS t`);
    rows.push(...found.getRows().map(([row]) => String(row)));
  }
  connection.closeSync();
  instance.closeSync();
  return rows.join("\n");
}

it("stand in nothing that is written, whatever fails", async () => {
  const store = join(folder, "store");
  const temporary = mkdtempSync(join(folder, "tmp-"));
  vi.stubEnv("TMPDIR", temporary);
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
  const { ask, emulator, clock, close } = await openBench({ store });
  emulator.setFaults([
    { kind: "expired", host: "storage", afterRequests: 3, times: 2 },
    { kind: "500", host: "storage", match: "run_results", times: 1 },
  ]);
  await ask("slowest_models", { last_n_runs: 3 });
  await ask("get_run_events", { run_id: "latest" });
  await ask("get_model", { model_id: "harbour.orders", include: ["sql"] });
  emulator.setFaults([{ kind: "401" }]);
  clock.pass(11 * MINUTE);
  await ask("slowest_models", { last_n_runs: 3 });
  await close();
  vi.restoreAllMocks();

  const stores = filesBelow(store).filter((file) => file.endsWith(".duckdb"));
  expect(stores.length).toBeGreaterThan(0);
  const rows = await Promise.all(stores.map(rowsOf));
  expect(rows.join()).toContain("model.harbour.orders");
  const files = filesBelow(store).map((file) => readFileSync(file).toString("latin1"));
  for (const text of [...written, ...rows, ...files])
    for (const secret of SECRETS) expect(text.includes(secret)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
  vi.unstubAllEnvs();
});

it("would be found in what is looked at", () => {
  const url = signed("http://127.0.0.1:1", 7, 0);
  expect(SECRETS.filter((secret) => url.includes(secret))).toEqual(["X-Amz-"]);
});

it("are taken out of what the API says", () => {
  const { key: apiKey, secret: apiSecret } = CREDENTIALS;
  const { secrets } = credentialsOf({
    endpoint: "https://api.paradime.io/",
    apiKey,
    apiSecret,
    clock: systemClock(),
  });
  for (const status of [400, 401, 403, 404, 429, 500]) {
    const body = JSON.stringify({ errors: [{ message: `Key ${apiKey} with ${apiSecret} is wrong` }] });
    const error = apiFailure({ kind: "status", status, body, until: null, retryAfterMs: null }, secrets);
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(apiKey);
    expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(apiSecret);
  }
});
