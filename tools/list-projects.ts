import * as z from "zod";
import { listOf, ProjectSummary } from "../src/core/answers.ts";
import { common, modelFilter, page } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "list_projects",
  path: "GET /projects",
  title: "List projects",
  summary: "The dbt projects that are known, with adapter, environments and counts.",
  guidance: "Start here when the project is not clear. Model filters keep projects that have such a model.",
  input: z.strictObject({ ...modelFilter, ...common, ...page(20) }),
  output: listOf(ProjectSummary),
  examples: [{ ask: "Which projects are there?", input: {} }],
  columns: ["project_id", "adapter_type", "model_count", "job_count", "updated_at"],
  handle: (input, { account, ask }) => account.getProjects(input, ask),
});
