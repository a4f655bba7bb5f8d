/** A mart is out of date: what is wrong upstream of it, what else that holds up, and who has to be told. */
import { Account } from "runlens";

export async function main(
  artifacts: string,
  print: (line: string) => void,
  mart = "mart_month_close",
): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    for (const model of await account.getUpstreamModelHealth(mart)) {
      if (model.healthStatus !== "critical") continue;
      print(`${model.level} above ${mart}: ${model.modelId}, ${model.reasons.join(", ")}`);
      const impact = await account.getDownstreamImpact(model.modelId);
      print(`${impact.totalAffected} models are affected, held up: ${impact.blockedModels.join(", ")}`);
      for (const { name, owner } of impact.exposures) print(`Tell ${owner ?? "whoever uses it"}: ${name}`);
    }
  } finally {
    await account.close();
  }
}
