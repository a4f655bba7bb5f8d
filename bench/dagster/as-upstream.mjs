/**
 * The way of the upstream command: a page is as large as what is still to be found, and a hundred pages are the most.
 * So nothing is lost between pages, and little is looked at.
 */
import { performance } from "node:perf_hooks";
import { post } from "./session.mjs";

const MOST_PAGES = 100;

const EVENTS = `query Events($run: ID!, $limit: Int, $after: String) {
  logsForRun(runId: $run, limit: $limit, afterCursor: $after) {
    ... on EventConnection {
      cursor hasMore
      events {
        ... on MessageEvent { runId message timestamp level stepKey eventType }
        ... on ExecutionStepFailureEvent { error { ...E cause { ...E cause { ...E } } } }
      }
    }
  }
}
fragment E on PythonError { message className stack }`;

/** @param {{ url: string, run: string, type: string, limit: number }} question */
export async function asUpstream({ url, run, type, limit }) {
  const from = performance.now();
  /** @type {{ timestamp: string, stepKey: string }[]} */
  const found = [];
  let requests = 0;
  let scanned = 0;
  for (let after = null, hasMore = true; hasMore && found.length < limit && requests < MOST_PAGES; ) {
    const { logsForRun } = await post(url, EVENTS, { run, limit: limit - found.length, after });
    requests++;
    scanned += logsForRun.events.length;
    found.push(
      ...logsForRun.events.filter((/** @type {{ eventType: string }} */ event) => event.eventType === type),
    );
    ({ cursor: after, hasMore } = logsForRun);
  }
  return { ms: performance.now() - from, requests, scanned, found };
}
