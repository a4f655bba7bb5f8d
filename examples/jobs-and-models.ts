/** Walks the objects: project, jobs, their run times, and what a finance model hangs on. */
import { Account, RunlensError } from "runlens";

export async function main(artifacts: string, print: (line: string) => void): Promise<void> {
  const account = new Account({ artifactsPath: artifacts, store: ":memory:" });
  try {
    const [project] = await account.getProjects();
    if (project === undefined) return print("No project yet.");
    print(`${project.projectId} on ${project.getMetadata().adapterType}: ${project.modelCount} models`);
    for (const job of await project.longestRunningJobs({ lastNRuns: 5 })) {
      const times = await job.getRuntimes(3);
      print(`${job.name}: ${times.map((time) => `${time.runtime_s} s`).join(", ")}`);
    }
    const models = await project.getModels({ tags: ["finance"] });
    for (const model of models) {
      const { status } = await model.freshness();
      print(`${model.modelId}: last ${model.lastRunStatus}, sources ${status}`);
    }
    // A name that nobody has is an error that says what was meant.
    await project.getModel("no_such_model").catch((error: unknown) => {
      if (!(error instanceof RunlensError)) throw error;
      print(`${error.code}: ${error.message} ${error.hint}`);
    });
  } finally {
    await account.close();
  }
}
