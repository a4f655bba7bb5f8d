/** The questions of every recording, and how they are asked of an account. */
import { Account } from "../../src/core/account.ts";
import { RunlensError } from "../../src/errors.ts";
import { cleanAnswer, isRecord } from "../../src/frontends/clean.ts";
import type { DbtCloudOptions } from "../../src/sources/dbt-cloud/options.ts";
import { createDbtCloudSource } from "../../src/sources/dbt-cloud/source.ts";
import { openStore } from "../../src/store/open.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { createSync } from "../../src/sync/sync.ts";
import { operations } from "../../tools/index.ts";
import type { Recording } from "./recording.ts";

/** Each is asked after the one before it, of the same store; `$` stands for the first item of the list before. */
const QUESTIONS: readonly { name: string; input: Record<string, unknown> }[] = [
  { name: "list_projects", input: {} },
  { name: "list_jobs", input: {} },
  { name: "get_job", input: { job_id: "$job_id", last_n_runs: 3 } },
  { name: "list_models", input: { limit: 5 } },
  { name: "slowest_models", input: { last_n_runs: 5 } },
  { name: "list_runs", input: { limit: 3 } },
  { name: "get_run", input: { run_id: "$run_id" } },
  { name: "longest_running_jobs", input: { last_n_runs: 5 } },
  { name: "health_dashboard", input: {} },
];

/** Asks all; `now` is epoch milliseconds, at which the clock stands. An answer that fails is its error. */
export async function askAll(
  options: Omit<DbtCloudOptions, "clock">,
  now: number,
): Promise<Recording["questions"]> {
  const clock = { ...systemClock(), now: () => now };
  const source = createDbtCloudSource({ ...options, clock });
  const warn = (message: string) => process.stderr.write(`${message}\n`);
  const store = await openStore({ address: ":memory:", sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  try {
    return await answers(new Account(sync));
  } finally {
    await sync.close();
    await source.close();
    await store.close();
  }
}

async function answers(account: Account): Promise<Recording["questions"]> {
  const asked: Recording["questions"] = [];
  let first: Record<string, unknown> = {};
  for (const question of QUESTIONS) {
    const { name } = question;
    const input = Object.fromEntries(
      Object.entries(question.input).map(([key, value]) => [key, value === `$${key}` ? first[key] : value]),
    );
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    const answer = await operation.run(input, { account }).then(cleanAnswer, errorOf);
    const [item] = Array.isArray(answer.items) ? answer.items : [];
    if (isRecord(item)) first = item;
    asked.push({ name, input, answer });
  }
  return asked;
}

function errorOf(error: unknown): Record<string, unknown> {
  if (error instanceof RunlensError) return { error: { code: error.code, message: error.message } };
  throw error;
}
