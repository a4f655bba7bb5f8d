/** One fetch of a deployment that answers as a test says, without a store. */
import { LRUCache } from "lru-cache";
import { DagsterApi } from "../../../src/sources/dagster/api.ts";
import { EventCache } from "../../../src/sources/dagster/event-cache.ts";
import { vendorOf } from "../../../src/sources/dagster/failures.ts";
import { DagsterVisit } from "../../../src/sources/dagster/visit.ts";
import { environmentOf } from "../../../src/sources/dagster/workspace.ts";
import { Locks } from "../../../src/sources/visit/locks.ts";
import { objectOf, textOf, type WireObject } from "../../../src/sources/wire/loose.ts";
import { Transport } from "../../../src/sources/wire/transport.ts";
import { QuickClock, WAITING } from "../dbt-cloud/served.ts";
import { OSS, SCHEMA } from "./answering.ts";

/** The data of a document, by its name; a function makes it of the variables. */
export type Answers = Readonly<Record<string, WireObject | ((variables: WireObject) => WireObject)>>;

export interface FakeVisit {
  visit: DagsterVisit;
  clock: QuickClock;
  /** In the order in which they came. */
  asked: { name: string; variables: WireObject }[];
}

/** Documents without an answer fail with status 500. */
export function visitOver(answers: Answers): FakeVisit {
  const clock = new QuickClock();
  const asked: FakeVisit["asked"] = [];
  const answer = (name: string, variables: WireObject): Response => {
    if (name === "RunlensSchema") return Response.json(SCHEMA);
    asked.push({ name, variables });
    const given = answers[name];
    if (given === undefined) return new Response("Internal Server Error", { status: 500 });
    return Response.json({ data: typeof given === "function" ? given(variables) : given });
  };
  const transport = new Transport({
    vendor: vendorOf(OSS, {}),
    clock,
    fetch: (_url, init) => {
      const body = objectOf(JSON.parse(String(init?.body)));
      const name = /query (\w+)/.exec(textOf(body.query) ?? "")?.[1] ?? "";
      return Promise.resolve(answer(name, objectOf(body.variables)));
    },
    random: () => 0,
  });
  const ref = { id: "dagster:test", system: "dagster" } as const;
  const platform = {
    ref,
    label: OSS.name,
    locks: new Locks(),
    api: new DagsterApi(transport, "http://localhost:3000/graphql", OSS),
    pages: "http://localhost:3000",
    environment: environmentOf(undefined, null),
    wants: (location: string) => location !== "unwanted",
    isFiltered: true,
    events: new EventCache(),
    asked: new LRUCache<string, number>({ max: 10 }),
  };
  const none = () => Promise.reject(new Error("there is no store"));
  const visit = new DagsterVisit(platform, {
    entry: null,
    entries: () => Promise.resolve([]),
    renew: none,
    query: none,
    load: { send: none, port: none, publish: none },
    signal: WAITING,
    progress: () => undefined,
    now: () => clock.now(),
    fresh_since: 0,
    refresh: false,
  });
  return { visit, clock, asked };
}

/** What is missing of an answer, by what the fetch has said so far. */
export const told = ({ visit }: FakeVisit) => {
  const { complete, notes } = visit.outcome();
  return { complete, notes };
};
