import * as z from "zod";
import { common, depth, direction, id, page } from "../src/core/inputs.ts";
import { Lineage } from "../src/core/lineage-answers.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_lineage",
  path: "GET /lineage",
  title: "Lineage",
  summary: "What is wrong upstream and affected downstream: of a model, or of all that failed in a run.",
  guidance:
    "Pass model_id (or a source's) or run_id; include healthy lists all upstream, edges who feeds whom.",
  input: z.strictObject({
    model_id: id().optional(),
    run_id: id().optional(),
    job_id: id().optional(),
    project_id: id().optional(),
    direction: direction(),
    depth: depth(),
    include: z.array(z.enum(["healthy", "edges"])).optional(),
    ...common,
    limit: page(20, 10_000).limit,
  }),
  output: Lineage,
  examples: [
    {
      ask: "fct_payments has a failing test: which models and dashboards are wrong now, and what is wrong above it?",
      input: { model_id: "fct_payments" },
    },
    {
      ask: "What is affected by everything that failed last night?",
      input: { run_id: "latest", job_id: "nightly", direction: "downstream" },
    },
  ],
  columns: ["run_id", "direction", "depth", "root_count", "roots", "upstream", "downstream"],
  handle: (input, { account, ask }) => account.getLineage(input, ask),
});
