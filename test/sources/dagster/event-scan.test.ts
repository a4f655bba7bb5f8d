import { describe, expect, it } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import { EventCache } from "../../../src/sources/dagster/event-cache.ts";
import {
  EventConnection,
  type EventReader,
  type WireEvent,
} from "../../../src/sources/dagster/event-page.ts";
import { scanEvents } from "../../../src/sources/dagster/event-scan.ts";
import type { EventContext, EventPage, EventQuery, Progress } from "../../../src/sources/source.ts";
import { EVERYTHING, eventLog, fakeLog } from "./events.ts";

const RUN = "6e2f3c52-0000-4000-8000-000000000001";

function context(more: Partial<EventContext> = {}): EventContext {
  return { signal: new AbortController().signal, progress: () => {}, deadline: null, now: () => 0, ...more };
}

function scan(
  read: EventReader,
  query: Partial<EventQuery> = {},
  more: Partial<EventContext> = {},
  cache?: EventCache,
) {
  return scanEvents(read, RUN, { ...EVERYTHING, ...query }, context(more), cache);
}

/** All pages of a query, one after the other, with limits that `limitOf` chooses. */
async function allPages(
  read: EventReader,
  query: Partial<EventQuery>,
  limitOf: () => number,
): Promise<EventPage[]> {
  const pages: EventPage[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: EventPage = await scan(read, { ...query, cursor, limit: limitOf() });
    pages.push(page);
    if (page.cursor === null) return pages;
    cursor = page.cursor;
  }
}

/** Numbers that look random and are the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const messages = (pages: readonly EventPage[]) =>
  pages.flatMap(({ events }) => events.map(({ message }) => message));

const failure = { eventType: "STEP_FAILURE", level: "ERROR", stepKey: "load" };

describe("a scan with filters", () => {
  it("finds what stands far behind the limit, in pages of a thousand", async () => {
    const log = fakeLog(eventLog(4500, (index) => (index === 4200 ? failure : {})));
    const page = await scan(log.read, { types: ["STEP_FAILURE"], limit: 5 });
    expect(page).toMatchObject({
      events: [{ message: "event 4200", event_type: "STEP_FAILURE", level: "ERROR", step_key: "load" }],
      scanned: 4500,
      stopped: "end",
      cursor: null,
      notes: [],
    });
    expect(log.asked.map(({ limit }) => limit)).toEqual([1000, 1000, 1000, 1000, 1000]);
  });

  it("stops at the limit and says whether more follows in what it has read", async () => {
    const log = fakeLog(eventLog(1500, (index) => (index % 500 === 10 ? failure : {})));
    const first = await scan(log.read, { types: ["STEP_FAILURE"], limit: 1 });
    expect(first).toMatchObject({ events: [{ message: "event 10" }], scanned: 510, stopped: "limit" });
    const second = await scan(log.read, { types: ["STEP_FAILURE"], limit: 1, cursor: first.cursor });
    // Nothing else on this page: the next call begins with the next one.
    expect(second).toMatchObject({ events: [{ message: "event 510" }], scanned: 490, stopped: "limit" });
    const third = await scan(log.read, { types: ["STEP_FAILURE"], limit: 1, cursor: second.cursor });
    expect(third).toMatchObject({ events: [{ message: "event 1010" }], stopped: "end", cursor: null });
  });

  it("holds events to all filters at once", async () => {
    const events = eventLog(40, (index) => ({
      level: index % 2 === 0 ? "ERROR" : "INFO",
      eventType: index % 3 === 0 ? "STEP_FAILURE" : "STEP_START",
      stepKey: index % 5 === 0 ? "graph.Load[7]" : "other",
    }));
    const found = await scan(fakeLog(events).read, {
      types: ["STEP_FAILURE"],
      levels: ["ERROR", "CRITICAL"],
      step: "load[",
    });
    expect(messages([found])).toEqual(["event 0", "event 30"]);
  });

  it("says what there is where nothing matches", async () => {
    const events = eventLog(5, (index) =>
      index < 2 ? { stepKey: `s${index}`, eventType: "STEP_START" } : { eventType: null },
    );
    const page = await scan(fakeLog(events).read, { types: ["STEP_FAILURE"], step: "x", levels: ["ERROR"] });
    expect(page.notes).toEqual([
      `No event of run ${RUN} matches. Looked at: LOG 3, STEP_START 2. Levels: DEBUG 5. Steps: s0, s1.`,
    ]);
  });

  it.each([
    ["RUN_FAILURE", "PIPELINE_FAILURE"],
    ["PIPELINE_FAILURE", "RUN_FAILURE"],
    ["PIPELINE_FAILURE", "PIPELINE_FAILURE"],
  ])("takes %s for %s, and shows it as RUN_FAILURE", async (asked, recorded) => {
    const log = fakeLog(eventLog(3, (index) => (index === 1 ? { eventType: recorded } : {})));
    expect((await scan(log.read, { types: [asked] })).events).toMatchObject([
      { message: "event 1", event_type: "RUN_FAILURE" },
    ]);
  });
});

describe("a scan without filters", () => {
  it("asks for no more than a small page", async () => {
    const log = fakeLog(eventLog(3000));
    const page = await scan(log.read, { limit: 5 });
    expect(page).toMatchObject({ scanned: 5, stopped: "limit" });
    expect(log.asked).toEqual([{ afterCursor: null, limit: 100, stack: false }]);
  });

  it("gives more than one page holds", async () => {
    const log = fakeLog(eventLog(3000));
    const page = await scan(log.read, { limit: 2500 });
    expect(page.events).toHaveLength(2500);
    expect(log.asked.map(({ limit }) => limit)).toEqual([1000, 1000, 500]);
    const rest = await scan(log.read, { limit: 2500, cursor: page.cursor });
    expect(rest).toMatchObject({ scanned: 500, stopped: "end", cursor: null });
  });
});

describe("pages of a query together", () => {
  const cases = Array.from({ length: 60 }, (_, seed) => seed + 1);
  it.each(cases)("are the filtered log, nothing lost or doubled (%i)", async (seed) => {
    const next = numbers(seed * 7919);
    const upTo = (most: number) => Math.floor(next() * most);
    // Matches fall on the ends of pages, too.
    const edges = new Set([0, 99, 100, 999, 1000, 1999, 2000]);
    const share = next();
    const count = [0, 1, 99, 100, 1000, 1001, 2000, upTo(3500)][upTo(8)] ?? 0;
    const events = eventLog(count, (index) => (edges.has(index) || next() < share * share ? failure : {}));
    const filtered = next() < 0.7;
    const wanted = events.filter(({ eventType }) => !filtered || eventType === "STEP_FAILURE");
    const most = [1, 7, 150, 1500][upTo(4)] ?? 1;
    const least = Math.ceil(count / 150);
    const limitOf = () => Math.max(least, 1 + upTo(most));
    const pages = await allPages(fakeLog(events).read, filtered ? { types: ["STEP_FAILURE"] } : {}, limitOf);
    expect(messages(pages)).toEqual(wanted.map(({ message }) => message));
    expect(pages.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(count);
    expect(pages.at(-1)?.stopped).toBe("end");
    expect(pages.slice(0, -1).every(({ stopped }) => stopped === "limit")).toBe(true);
  });
});

describe("the end of a log", () => {
  it("may be an empty page behind a full one", async () => {
    const log = fakeLog(eventLog(2000));
    const page = await scan(log.read, { levels: ["ERROR"] });
    expect(page).toMatchObject({ events: [], scanned: 2000, stopped: "end", cursor: null });
    expect(log.asked).toHaveLength(3);
  });

  it("is where the cursor stays as it was, or is none, whatever the server says of more", async () => {
    const [event] = eventLog(1);
    for (const cursor of ["same", "", null]) {
      let asked = 0;
      const read: EventReader = async () => {
        asked += 1;
        return EventConnection.parse({ cursor, hasMore: true, events: [event] });
      };
      const page = await scan(read);
      expect(page).toMatchObject({ stopped: "end", cursor: null });
      expect([cursor, asked]).toEqual([cursor, cursor === "same" ? 2 : 1]);
    }
  });

  it("of a run that has recorded nothing is the beginning", async () => {
    expect(await scan(fakeLog([]).read)).toEqual({
      events: [],
      scanned: 0,
      stopped: "end",
      cursor: null,
      notes: [],
    });
  });
});

describe("the budget", () => {
  it("is 200 pages, from where the next call goes on", async () => {
    const log = fakeLog(eventLog(200_500, (index) => (index === 200_100 ? failure : {})));
    const page = await scan(log.read, { types: ["STEP_FAILURE"] });
    expect(page).toMatchObject({ events: [], scanned: 200_000, stopped: "budget" });
    expect(page.notes[0]).toBe(
      "Looked at 200,000 events and stopped: 200 pages, the most of one call was spent. Pass next_cursor as cursor to go on from there.",
    );
    const rest = await scan(log.read, { types: ["STEP_FAILURE"], cursor: page.cursor });
    expect(rest).toMatchObject({ events: [{ message: "event 200100" }], scanned: 500, stopped: "end" });
  });

  it("is the time of the call, but for the first page", async () => {
    let time = 1000;
    const log = fakeLog(eventLog(3500));
    const read: EventReader = (request, signal) => {
      time += 40;
      return log.read(request, signal);
    };
    const page = await scan(read, { types: ["STEP_FAILURE"] }, { deadline: 1060, now: () => time });
    expect(page).toMatchObject({ scanned: 2000, stopped: "budget" });
    const late = await scan(
      read,
      { types: ["STEP_FAILURE"], cursor: page.cursor },
      { deadline: 0, now: () => time },
    );
    expect(late).toMatchObject({ scanned: 1000, stopped: "budget" });
    expect(late.notes[0]).toContain("the time for one call was spent");
    expect(late.notes[1]).toBe("None matches so far. Looked at: ENGINE_EVENT 1000.");
  });

  it("is told as it is spent", async () => {
    const told: Progress[] = [];
    await scan(fakeLog(eventLog(2100)).read, { levels: ["ERROR"] }, { progress: (one) => told.push(one) });
    expect(told.map(({ done, total }) => [done, total])).toEqual([
      [1000, null],
      [2000, null],
      [2100, null],
    ]);
  });
});

describe("a cursor", () => {
  const query = { types: ["STEP_FAILURE"], limit: 1 };
  const first = async () => {
    const log = fakeLog(eventLog(10, () => failure));
    return { log, cursor: (await scan(log.read, query)).cursor };
  };

  it.each([
    ["other types", { types: ["STEP_START"] }],
    ["another step", { step: "load" }],
    ["another level", { levels: ["ERROR" as const] }],
  ])("of %s is refused", async (_, other) => {
    const { log, cursor } = await first();
    await expect(scan(log.read, { ...query, ...other, cursor })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("leave cursor out"),
    });
  });

  it("of another run is refused", async () => {
    const { log, cursor } = await first();
    await expect(
      scanEvents(log.read, "another", { ...EVERYTHING, ...query, cursor }, context()),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it.each([
    "",
    "x",
    "e30",
    Buffer.from('{"c":1,"k":-1,"f":""}').toString("base64url"),
    "null",
  ])("that is damaged (%j) is refused before anything is asked", async (cursor) => {
    const { log } = await first();
    const before = log.asked.length;
    await expect(scan(log.read, { ...query, cursor })).rejects.toBeInstanceOf(RunlensError);
    expect(log.asked).toHaveLength(before);
  });

  it("goes on with another limit, with types in another order and by another name", async () => {
    const log = fakeLog(
      eventLog(10, (index) => (index % 2 === 0 ? failure : { eventType: "PIPELINE_START" })),
    );
    const { cursor } = await scan(log.read, { types: ["STEP_FAILURE", "RUN_START"], limit: 3 });
    const page = await scan(log.read, { types: ["PIPELINE_START", "STEP_FAILURE"], limit: 2, cursor });
    expect(messages([page])).toEqual(["event 3", "event 4"]);
  });
});

describe("a server of smaller pages", () => {
  it("is asked again with what it allows", async () => {
    const log = fakeLog(eventLog(700, (index) => (index === 650 ? failure : {})));
    const read: EventReader = async (request, signal) => {
      if (request.limit <= 300) return log.read(request, signal);
      throw new RunlensError("UPSTREAM", `Limit of ${request.limit} is too large. Max is 300`, "Ask again.");
    };
    expect(await scan(read, { types: ["STEP_FAILURE"] })).toMatchObject({ scanned: 700, stopped: "end" });
    expect(log.asked.map(({ limit }) => limit)).toEqual([300, 300, 300]);
  });

  it("that fails for another reason fails the scan", async () => {
    const read = () => Promise.reject(new RunlensError("UPSTREAM", "The database is away.", "Ask again."));
    await expect(scan(read)).rejects.toMatchObject({ code: "UPSTREAM" });
  });
});

describe("pages that are kept", () => {
  const filtered = { types: ["STEP_FAILURE"] };

  it("are full ones of runs that have ended, and are not asked for again", async () => {
    const cache = new EventCache();
    const log = fakeLog(eventLog(2500, (index) => (index % 100 === 0 ? failure : {})));
    const first = await scan(log.read, filtered, {}, cache);
    const again = await scan(log.read, filtered, {}, cache);
    expect(again).toEqual(first);
    // The last page of each, which is not full.
    expect(log.asked).toHaveLength(4);
  });

  it("are none of runs that go on", async () => {
    const cache = new EventCache();
    const log = fakeLog(eventLog(1500));
    await scan(log.read, { ...filtered, ended: false }, {}, cache);
    await scan(log.read, { ...filtered, ended: false }, {}, cache);
    expect(log.asked).toHaveLength(4);
  });
});

it("ends when the caller goes away", async () => {
  const gone = new AbortController();
  const log = fakeLog(eventLog(3000));
  const read: EventReader = (request, signal) => {
    gone.abort();
    return log.read(request, signal);
  };
  await expect(scan(read, { levels: ["ERROR"] }, { signal: gone.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(log.asked).toHaveLength(1);
});

it("leaves out what is no event, and says so", async () => {
  const odd: WireEvent[] = eventLog(3, (index) => (index === 1 ? { timestamp: null, message: null } : {}));
  const page = await scan(fakeLog(odd).read);
  expect(messages([page])).toEqual(["event 0", "event 2"]);
  expect(page).toMatchObject({ scanned: 3, notes: ["Left out, because of an unknown kind: 1."] });
});
