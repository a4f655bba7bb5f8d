/**
 * For CI and cron: prints what is at least as bad as `failOn`, the worst first, and gives the exit code, as
 * `runlens health-dashboard --fail-on` does: `process.exitCode = await main("target", console.log)`.
 */
import { Account, type Alert } from "runlens";

const UNHEALTHY = 10;

export async function main(
  artifacts: string,
  print: (line: string) => void,
  failOn: Alert["severity"] = "critical",
): Promise<number> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const { alerts } = await account.getHealthDashboard({ limit: 100 });
    const bad = alerts.filter((alert) => failOn === "warning" || alert.severity === "critical");
    for (const { severity, subject, reason, since, affected_models } of bad) {
      print(`${severity}: ${subject}, ${reason}, since ${since}, ${affected_models} models affected`);
    }
    return bad.length === 0 ? 0 : UNHEALTHY;
  } finally {
    await account.close();
  }
}
