/** Made-up logs of runs, and a reader that gives them out in pages as the server does. */

import { EventConnection, type EventReader, WireEvent } from "../../../src/sources/dagster/event-page.ts";
import type { EventQuery } from "../../../src/sources/source.ts";

export const START = Date.parse("2026-11-20T02:00:00Z");

/** An event as it is on the wire; what is left out is as for an event that says little. */
export function wireEvent(given: Record<string, unknown> = {}): WireEvent {
  return WireEvent.parse({
    __typename: "EngineEvent",
    message: "Something happened.",
    timestamp: String(START),
    level: "DEBUG",
    stepKey: null,
    eventType: "ENGINE_EVENT",
    ...given,
  });
}

/** So many events a second apart, each numbered in its message; `given` says what is special of one. */
export function eventLog(
  count: number,
  given: (index: number) => Record<string, unknown> = () => ({}),
): WireEvent[] {
  return Array.from({ length: count }, (_, index) =>
    wireEvent({ message: `event ${index}`, timestamp: String(START + index * 1000), ...given(index) }),
  );
}

export interface FakeLog {
  read: EventReader;
  /** Requests in their order. */
  asked: { afterCursor: string | null; limit: number; stack: boolean }[];
}

/** Storage ids have gaps, and a page is followed by another wherever it is full. */
export function fakeLog(events: readonly WireEvent[]): FakeLog {
  const asked: FakeLog["asked"] = [];
  const cursorOf = (index: number) => Buffer.from(JSON.stringify({ id: index * 3 + 7 })).toString("base64");
  const places = new Map(events.map((_, index) => [cursorOf(index), index + 1]));
  return {
    asked,
    read: async ({ runId: _, ...request }) => {
      asked.push(request);
      const start = request.afterCursor === null ? 0 : places.get(request.afterCursor);
      if (start === undefined) throw new Error(`the server never gave the cursor ${request.afterCursor}`);
      const page = events.slice(start, start + request.limit);
      const cursor = page.length === 0 ? (request.afterCursor ?? "") : cursorOf(start + page.length - 1);
      return EventConnection.parse({ cursor, hasMore: page.length === request.limit, events: page });
    },
  };
}

export const EVERYTHING: EventQuery = {
  types: null,
  levels: null,
  step: null,
  limit: 100,
  cursor: null,
  stack: false,
  ended: true,
};
