/** The small dbt project of these tests, and real dbt to run it with. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DBT, listAt, objectAt, readJson, SHOP } from "./places.ts";
import type { Bench, Finished } from "./processes.ts";

/** What one `dbt build` wrote, as far as the tests compare it. */
export interface Build {
  invocationId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt: number;
  /** Seconds that dbt says it took. */
  elapsed: number;
  /** Seconds of each node that succeeded, by its unique_id. */
  seconds: Map<string, number>;
  /** Words of dbt by unique_id. */
  statuses: Map<string, string>;
}

export interface Shop {
  folder: string;
  /** Runs dbt in the project. */
  dbt(...args: string[]): Promise<Finished>;
  /** Reads the run_results.json that is there now. */
  lastBuild(): Build;
  /** The model stock_value has more to do from now on. */
  slowDown(): void;
  /** An order is there twice from now on. */
  doubleAnOrder(): void;
  /** Every order is there once again. */
  mendOrders(): void;
}

/** Copies the project into a folder of the bench. */
export function openShop(bench: Bench): Shop {
  const folder = join(bench.folder, "shop");
  cpSync(SHOP, folder, { recursive: true });
  const orders = join(folder, "seeds/raw_orders.csv");
  const written = readFileSync(orders, "utf8");
  return {
    folder,
    dbt: (...args) => bench.run(DBT, [...args, "--no-use-colors"], { cwd: folder }),
    lastBuild: () => readBuild(join(folder, "target/run_results.json")),
    slowDown: () => {
      const work = "(select sum(hash(n) % 7) from range(60000000) t(n))";
      const model = join(folder, "models/marts/stock_value.sql");
      writeFileSync(model, `select sum(pieces) as pieces, ${work} as work from {{ ref('stg_stock') }}\n`);
    },
    doubleAnOrder: () => writeFileSync(orders, `${written}1,10,2026-01-01,12.50\n`),
    mendOrders: () => writeFileSync(orders, written),
  };
}

function readBuild(file: string): Build {
  const artifact = readJson(file);
  const metadata = objectAt(artifact, "metadata");
  const results = listAt(artifact, "results");
  const ran = results.filter((result) => result.status === "success");
  return {
    invocationId: String(metadata.invocation_id),
    startedAt: Date.parse(String(metadata.invocation_started_at)),
    endedAt: Date.parse(String(metadata.generated_at)),
    elapsed: Number(artifact.elapsed_time),
    seconds: new Map(ran.map((result) => [String(result.unique_id), Number(result.execution_time)])),
    statuses: new Map(results.map((result) => [String(result.unique_id), String(result.status)])),
  };
}
