/** What the parts of the benchmark of Dagster share. */
import { openLibrary } from "../lib/library.mjs";

export const SIZE = {
  /** Of each of the two runs with a long log. */
  events: 100_000,
  /** Steps that fail in each; as many are asked for. */
  failures: 5,
  /** In one of the runs they fail before this event: so far the upstream command's way comes. */
  reach: 450,
  latencyMs: 20,
  deployment: { jobs: 12, assets: 600, runs: 30 },
};
export const LAST_RUNS = 10;

/** @param {string} url @param {string} store */
export function openReader(url, store) {
  return openLibrary({ ahead: 0, sources: [{ type: "dagster", url }], store });
}

/** A document, sent as it is. @param {string} url @param {string} query @param {object} variables @returns {Promise<any>} */
export async function post(url, query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (!response.ok || errors !== undefined) throw new Error(`${response.status}: ${JSON.stringify(errors)}`);
  return data;
}

/** How often each document was sent. @param {Record<string, number>} operations */
export function told(operations) {
  return Object.entries(operations)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
