/** What must hold of every account of dbt Cloud: answers are what its own artifacts say. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { RunlensError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import { operations } from "../../tools/index.ts";
import { type Account, averages, jobAverages, type Place, readAccount } from "./dbt-cloud-files.ts";
import { listAt, objectAt } from "./places.ts";

/** Runs whose artifacts are read. */
const RUNS = 30;

export interface Opened {
  /** Where the account lies, for the plain reading. */
  place: Place;
  /** The same, as the product reads it. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

export function answersAsItsArtifactsSay(name: string, open: () => Promise<Opened>): void {
  describe(name, { timeout: 600_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "runlens-live-"));
    let opened: Opened;
    let app: App;
    let account: Account;

    beforeAll(async () => {
      opened = await open();
      account = await readAccount(opened.place, RUNS);
      const config = () => loadConfig({ store: join(folder, "store") }, opened.environment, folder);
      app = createApp({ config, log: createLog(), frontend: "library" });
    }, 600_000);
    afterAll(async () => {
      await app?.close();
      await opened?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const ask = async (operation: string, input: Record<string, unknown> = {}) => {
      const found = operations.find((one) => one.name === operation);
      if (found === undefined) throw new Error(`no operation ${operation}`);
      return app.ask(found, input, {});
    };
    const scope = () => ({ project_ids: [account.projectId], environment: account.environmentId });
    /** All pages of a list. */
    const all = async (operation: string, input: Record<string, unknown>) => {
      const rows: Record<string, unknown>[] = [];
      for (let cursor: unknown = null; ; ) {
        const page = await ask(operation, { ...input, limit: 100, ...(cursor === null ? {} : { cursor }) });
        rows.push(...listAt(page, "items"));
        if (page.next_cursor === null) return rows;
        cursor = page.next_cursor;
      }
    };

    test.each([1, 3, 5])("models are averaged over their last %i successes", async (count) => {
      const rows = await all("get_models_with_runtime", { ...scope(), last_n_runs: count });
      const found = new Map(rows.map((row) => [row.unique_id, row]));
      // A model that was removed since is in no manifest.
      const expected = [...averages(account, count)].filter(
        ([id]) => found.has(id) || account.models?.includes(id),
      );
      expect(expected.length).toBeGreaterThan(0);
      for (const [id, average] of expected) {
        const row = found.get(id);
        expect([id, row?.runs_counted]).toEqual([id, count]);
        expect([id, row?.average_runtime_s]).toEqual([id, expect.closeTo(average, 2)]);
      }
    });

    test("the slowest models are those with the longest averages", async () => {
      const rows = listAt(await ask("slowest_models", { ...scope(), last_n_runs: 1, slowest_n: 5 }), "items");
      const times = rows.map((row) => Number(row.average_runtime_s));
      expect(times.length).toBeGreaterThan(0);
      expect(times).toEqual([...times].sort((one, other) => other - one));
      const last = times.at(-1) ?? 0;
      const ids = rows.map((row) => row.unique_id);
      const missing = [...averages(account, 1)].filter(
        ([id, average]) => average > last + 0.01 && account.models?.includes(id) && !ids.includes(id),
      );
      expect(missing).toEqual([]);
    });

    test("the models are those of the newest manifest", async ({ skip }) => {
      if (account.models === null) return skip("no run left a manifest");
      const rows = await all("list_models", scope());
      expect(rows.map((row) => row.unique_id).sort()).toEqual([...account.models].sort());
    });

    test("runs are those that ended, each with its time and its count of models", async () => {
      const rows = await all("list_runs", { ...scope(), since: "60d" });
      const listed = new Set(rows.map((row) => row.run_id));
      for (const run of account.runs.slice(0, 10)) {
        expect([run.id, listed.has(run.id)]).toEqual([run.id, true]);
        const detail = await ask("get_run", { run_id: run.id, project_id: account.projectId });
        const models = new Set(run.results.map((row) => row.unique_id).filter((id) => /^model\./.test(id)));
        expect([run.id, detail.model_count]).toEqual([run.id, models.size]);
        expect([run.id, detail.runtime_s]).toEqual([run.id, expect.closeTo(run.seconds, 1)]);
      }
    });

    test("jobs are averaged over their last runs to the end", async ({ skip }) => {
      const expected = jobAverages(account, 2);
      const rows = await all("longest_running_jobs", { ...scope(), last_n_runs: 2, longest_n: 100 });
      // A job that was deleted since is not listed.
      const both = rows.filter((row) => expected.has(String(row.job_id)));
      if (both.length === 0) return skip("no job has ended twice without retries");
      for (const { job_id, runs_counted, average_job_runtime_s } of both) {
        expect([job_id, runs_counted]).toEqual([job_id, 2]);
        const average = expected.get(String(job_id)) ?? Number.NaN;
        expect([job_id, average_job_runtime_s]).toEqual([job_id, expect.closeTo(average, 1)]);
      }
    });

    test("the freshness of sources is that of the newest sources.json", async ({ skip }) => {
      const pairs = [...account.loadedAt].flatMap(([source, loadedAt]) => {
        const model = Object.keys(account.parents).find(
          (id) => id.startsWith("model.") && account.parents[id]?.includes(source),
        );
        return model === undefined ? [] : [{ source, loadedAt, model }];
      });
      if (pairs.length === 0) return skip("no source of a model was checked");
      for (const { source, loadedAt, model } of pairs.slice(0, 3)) {
        const detail = await ask("get_model", { model_id: model, project_id: account.projectId });
        const row = listAt(detail.freshness, "sources").find((one) => one.unique_id === source);
        expect([source, Date.parse(String(row?.max_loaded_at))]).toEqual([source, Date.parse(loadedAt)]);
      }
    });

    test.each(operations.map((operation) => operation.name))("%s answers", async (operation) => {
      const [run] = account.runs;
      const model = account.runs
        .flatMap(({ results }) => results)
        .find(({ unique_id }) => /^model\./.test(unique_id));
      const one = { project_id: account.projectId };
      const inputs: Record<string, Record<string, unknown>> = {
        get_project: one,
        get_job: { ...one, job_id: run?.job_definition_id },
        get_model: { ...one, model_id: model?.unique_id, include: ["sql"] },
        get_run: { ...one, run_id: run?.id },
        get_run_events: { ...one, run_id: run?.id },
        get_runtime_trend: one,
        get_lineage: { ...one, model_id: model?.unique_id },
        query_sql: { sql: "SELECT count(*) AS models FROM models" },
      };
      const answer = await ask(operation, inputs[operation] ?? {}).catch((error: unknown) => error);
      // A job or model may be gone; nothing may break.
      if (answer instanceof RunlensError) expect(answer.code, answer.message).toBe("NOT_FOUND");
      else expect(objectAt(answer)).toHaveProperty("source");
      expect(JSON.stringify(answer)).not.toContain(opened.place.token);
    });
  });
}
