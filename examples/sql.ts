/** What the models of each owner cost: a question that no operation asks, in SQL over the whole history. */
import { Account } from "runlens";

const COST = `
  SELECT tag, count(DISTINCT model_id) AS models, count(*) AS builds, round(sum(runtime_s), 1) AS seconds
  FROM model_runs, unnest(tags) AS each_tag(tag)
  WHERE status = 'success' AND ended_at >= ?::TIMESTAMP
  GROUP BY tag
  ORDER BY seconds DESC`;

export async function main(
  artifacts: string,
  print: (line: string) => void,
  since = "2026-11-11",
): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const rows = await account.querySql(COST, { params: [since] });
    for (const { tag, models, builds, seconds } of rows) {
      print(`${tag}: ${seconds} s for ${builds} builds of ${models} models since ${since}`);
    }
  } finally {
    await account.close();
  }
}
