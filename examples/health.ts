/** How healthy the models are, and why those that are not: tests that fail and sources that are stale. */
import { Account } from "runlens";

export async function main(artifacts: string, print: (line: string) => void): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const dashboard = await account.getHealthDashboard();
    print(`${dashboard.healthyModels} of ${dashboard.totalModels} models are healthy.`);
    for (const model of await account.getModelHealth({ status: ["critical", "blocked"] })) {
      print(`${model.modelId} is ${model.healthStatus}: ${model.reasons.join(", ")}`);
    }
    for (const test of await account.getTestResults()) {
      print(`${test.name} on ${test.modelId}: ${test.failures} rows, since ${test.failingSince}`);
    }
    // The verdict of the last check grows old: `statusNow` is what it comes to by the clock.
    for (const source of await account.getSourceFreshness({ status: ["warn", "error"] })) {
      print(`${source.name} is stale: newest row ${source.maxLoadedAt}, ${hours(source.age)} hours old`);
    }
  } finally {
    await account.close();
  }
}

function hours(seconds: number | null): string {
  return seconds === null ? "?" : (seconds / 3600).toFixed(0);
}
