/** The contract of every source, for artifacts on disk. */
import { openDemo } from "../demo.ts";
import { answersAsTheFilesSay } from "./answers.ts";

answersAsTheFilesSay("artifacts", async () => {
  const { ask, close } = openDemo();
  return {
    ask,
    close,
    runId: (invocationId) => invocationId,
    // The one command that the configuration gives no name.
    jobId: (job) => (job === "docs" ? "docs-generate-target-prod" : job),
  };
});
