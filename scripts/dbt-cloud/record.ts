/** Makes recordings, and asks the questions of what was kept. */
import { askAll } from "./questions.ts";
import { type Exchange, type Recording, recording, replaying, scrubbed } from "./recording.ts";
import { Scrubber } from "./scrub.ts";

/**
 * Records an account at `now` (epoch milliseconds): what is kept of it, and what its APIs really said. The answers that
 * are kept are those to the replay, so that they hold nothing of the account either; throws where they have other
 * counts than the live ones.
 */
export async function record(
  options: Parameters<typeof askAll>[0],
  now: number,
): Promise<{ kept: Recording; exchanges: Exchange[] }> {
  const { fetch: kept, exchanges } = recording(options.fetch ?? fetch);
  const live = await askAll({ ...options, fetch: kept }, now);
  const scrubber = new Scrubber();
  const path = `/accounts/${options.accountId}/`;
  scrubber.collectPath(path);
  const clean = scrubbed(exchanges, scrubber);
  const accountId = scrubber.path(path).split("/")[2] ?? "";
  const questions = await replay({ account_id: accountId, exchanges: clean }, now);
  for (const [index, { name, answer }] of questions.entries()) {
    const before = sizeOf(live[index]?.answer);
    if (sizeOf(answer) !== before) throw new Error(`${name} has ${before} items live and others replayed`);
  }
  return {
    kept: { account_id: accountId, now: new Date(now).toISOString(), questions, exchanges: clean },
    exchanges,
  };
}

/** Asks the questions of what was kept. */
export function replay(
  { account_id, exchanges }: Pick<Recording, "account_id" | "exchanges">,
  now: number,
): Promise<Recording["questions"]> {
  return askAll(
    {
      token: "replayed",
      accountId: account_id,
      adminUrl: "https://dbt.example",
      discoveryUrl: "https://metadata.dbt.example/graphql",
      fetch: replaying({ exchanges }),
    },
    now,
  );
}

function sizeOf(answer: unknown): string {
  const { items, total, error } = Object(answer);
  return JSON.stringify([Array.isArray(items) ? items.length : null, total ?? null, error?.code ?? null]);
}
