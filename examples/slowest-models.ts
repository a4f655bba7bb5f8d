/** Which models make the nightly build slow, and what changed: prints a line for each. */
import { Account } from "runlens";

export async function main(artifacts: string, print: (line: string) => void): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const slowest = await account.slowestModels({ slowestN: 3, lastNRuns: 10 });
    for (const model of slowest) {
      const [newest, ...before] = model.historicalRuns ?? [];
      print(
        `${model.modelId}: ${model.averageRuntime} s on average of ${before.length + 1} runs, ${newest?.runtime_s} s in the last`,
      );
    }
    print(`as of ${slowest.source.as_of}`);
  } finally {
    await account.close();
  }
}
