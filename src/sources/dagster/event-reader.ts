/** Pages of a run's log, asked of the deployment. */
import type { DagsterApi } from "./api.ts";
import { eventDocument } from "./event-document.ts";
import { EventConnection, type EventReader } from "./event-page.ts";
import { failureOf } from "./failures.ts";

/** Rejects with `NOT_FOUND` for a run that is gone. */
export function eventReader(api: DagsterApi): EventReader {
  return async ({ stack, ...variables }, signal) => {
    const document = (can: { has(name: string): boolean }) =>
      eventDocument((name) => can.has(name), { stack });
    const data = await api.ask(document, variables, signal);
    const page = EventConnection.safeParse(api.memberOf(data, "logsForRun", "EventConnection"));
    if (page.success) return page.data;
    throw failureOf(api.told, { kind: "unreadable", what: "a page of events that cannot be read" });
  };
}
