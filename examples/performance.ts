/** Is the longest job getting slower, since when, and what would make it faster? */
import { Account } from "runlens";

export async function main(artifacts: string, print: (line: string) => void): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const [job] = await account.longestRunningJobs({ longestN: 1 });
    if (job === undefined) return print("No job has run.");
    const { jobId } = job;
    const week = await account.getPerformanceMetrics({ jobId }, 7);
    const success = Math.round((week.successRate ?? 0) * 100);
    print(
      `${job.name}: ${week.totalRuns} runs in ${week.timePeriodDays} days, ${success} % without a failure`,
    );
    const { sinceWhen } = await account.getRuntimeTrend({ jobId });
    if (sinceWhen !== null) {
      print(
        `${sinceWhen.after_s} s since ${sinceWhen.at}, ${sinceWhen.before_s} s before; what changed then:`,
      );
      for (const { what, subject } of sinceWhen.changes) print(`- ${what} ${subject ?? ""}`.trimEnd());
    }
    // A slow model beside the critical path is not worth the work.
    const run = (await account.getRun({ runId: "latest", jobId })).toJSON();
    const steps = [...(run.critical_path?.steps ?? [])];
    const [best] = steps.sort((a, b) => (b.gain_s ?? 0) - (a.gain_s ?? 0));
    if (best === undefined) return;
    print(`${best.model_id} costs the last run ${best.gain_s} of its ${run.runtime_s} s`);
  } finally {
    await account.close();
  }
}
