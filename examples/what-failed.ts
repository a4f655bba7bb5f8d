/** What failed in the last run that did, in the words of the error, and how many models it held up. */
import { Account } from "runlens";

export async function main(artifacts: string, print: (line: string) => void): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const [latest] = await account.getRuns({ status: ["failure"], limit: 1 });
    if (latest === undefined) return print("Nothing has failed.");
    const run = await account.getRun({ runId: latest.runId });
    print(`${run.toJSON().job_name} failed at ${run.endTime} after ${run.runtime} s`);
    for (const failure of run.toJSON().failures ?? []) {
      print(
        `${failure.resource_type} ${failure.name}: ${failure.message} (${failure.blocked_count} models skipped)`,
      );
    }
  } finally {
    await account.close();
  }
}
