import * as z from "zod";
import { ProjectDetail } from "../src/core/answers.ts";
import { common, id } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_project",
  path: "GET /projects/{project_id}",
  title: "Get project",
  summary: "One project: dbt name, adapter, environments, age, number of models and jobs.",
  guidance: "project_id may be left out where there is only one. For its models call list_models.",
  input: z.strictObject({ project_id: id().optional(), ...common }),
  output: ProjectDetail,
  examples: [{ ask: "What kind of project is pedal_harbour?", input: { project_id: "pedal_harbour" } }],
  columns: [
    "project_id",
    "name",
    "adapter_type",
    "environments",
    "model_count",
    "job_count",
    "created_at",
    "updated_at",
  ],
  handle: (input, { account, ask }) => account.getProject(input, ask),
});
