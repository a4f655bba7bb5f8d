/** Holds what a caller of the library asks against the inputs that there are: a misspelt one must not be ignored. */
import * as z from "zod";
import { RunlensError } from "../errors.ts";
import { camelKey } from "./case.ts";
import {
  by,
  common,
  depth,
  direction,
  eventPage,
  id,
  lastNRuns,
  level,
  longestN,
  modelFilter,
  slowestN,
  window,
} from "./inputs.ts";
import { nearest } from "./nearest.ts";

const texts = z.array(z.string());

const inputs: Record<string, z.ZodType> = {
  ...modelFilter,
  ...window,
  ...common,
  // The longest of all lists: the command line and the tools hold each to its own length.
  ...eventPage(),
  last_n_runs: lastNRuns(1),
  slowest_n: slowestN(),
  longest_n: longestN(),
  level: level(),
  exact_level: z.boolean(),
  project_id: id(),
  job_id: id(),
  run_id: id(),
  model_id: id(),
  step_key: id(),
  status: texts,
  event_type: texts,
  include: texts,
  by_model: z.boolean(),
  failing_tests: z.boolean(),
  failed_only: z.boolean(),
  by: by(),
  direction: direction(),
  depth: depth(),
};

/** Objects with an id, such as `Model` and `Project`; their classes need not be known here. */
const objects = z.array(z.custom<object>((value) => typeof value === "object" && value !== null));

const plain = Object.fromEntries(
  Object.entries(inputs).map(([name, schema]) => [camelKey(name), schema.optional()]),
);
const Filter = z.strictObject({ ...plain, models: objects.optional(), projects: objects.optional() });
const AnyQuestion = Filter.extend({ filter: Filter.optional() });

/** Throws `INVALID_INPUT`, naming the option that is unknown or wrong, and what is known. */
export function checkQuestion(question: unknown): void {
  checkOptions(AnyQuestion, question);
}

/** The same for a question that has options of its own. */
export function checkOptions(schema: z.ZodObject, options: unknown): void {
  const checked = schema.safeParse(options);
  if (checked.success) return;
  const { issues } = checked.error;
  const known = Object.keys(schema.shape);
  const misspelt = issues.find((issue) => issue.code === "unrecognized_keys");
  if (misspelt?.code === "unrecognized_keys") {
    const near = misspelt.keys.flatMap((key) => nearest(key, known, 1));
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown option ${misspelt.keys.join(", ")}.`,
      `${near.length > 0 ? `Nearest: ${near.join(", ")}. ` : ""}Known: ${known.join(", ")}.`,
    );
  }
  const [issue] = issues;
  const where = issue?.path.join(".") || "The question";
  throw new RunlensError(
    "INVALID_INPUT",
    `${where} is not valid: ${issue?.message ?? "unreadable"}.`,
    "A question is one object of options; lists are arrays of strings.",
  );
}
