import { describe, expect, test } from "vitest";
import type { Store } from "../../src/store/port.ts";
import { type DefinitionsInput, LoadRows } from "./rows.ts";
import { ask, askList, publish, testStore } from "./stores.ts";

const ORDERS = "model.shop.orders";

/** Definitions of one model on a day of May 2024. */
function day(number: number, checksum: string, more: Partial<DefinitionsInput> = {}): LoadRows {
  return new LoadRows().definitions(on(number, checksum, more));
}

function on(number: number, checksum: string, more: Partial<DefinitionsInput> = {}): DefinitionsInput {
  return {
    generated_at: moment(number),
    invocation_id: `d${number}`,
    nodes: [{ unique_id: ORDERS, checksum, materialization: "table", description: `of day ${number}` }],
    ...more,
  };
}

const moment = (number: number): string => `2024-05-0${number}T00:00:00.000Z`;

const DESCRIPTIONS = "SELECT description FROM nodes ORDER BY ALL";
const VERSIONS = `SELECT checksum, first_seen_at, last_seen_at FROM node_versions ORDER BY first_seen_at`;
const CURRENT = `SELECT n.unique_id FROM nodes n JOIN environments e
  ON e.environment_key = n.environment_key AND e.definition_key = n.definition_key ORDER BY 1`;

describe("attributes and edges", () => {
  test("newer definitions replace attributes and edges", async () => {
    const store = await testStore();
    const extra = [{ unique_id: "model.shop.old" }, { unique_id: ORDERS, description: "of day 1" }];
    await publish(store, day(1, "a", { nodes: extra, edges: [["model.shop.old", ORDERS]] }));
    await publish(
      store,
      day(2, "a", {
        nodes: [{ unique_id: ORDERS, description: "of day 2" }, { unique_id: "model.shop.new" }],
        edges: [["model.shop.new", ORDERS]],
      }),
    );
    expect(await ask(store, "SELECT unique_id, description FROM nodes ORDER BY 1")).toEqual([
      { unique_id: "model.shop.new", description: null },
      { unique_id: "model.shop.old", description: null },
      { unique_id: ORDERS, description: "of day 2" },
    ]);
    expect(await askList(store, CURRENT)).toEqual(["model.shop.new", ORDERS]);
    expect(
      await askList(store, "SELECT n.unique_id FROM edges JOIN nodes n ON n.node_key = parent_key"),
    ).toEqual(["model.shop.new"]);
  });

  test("older definitions that arrive later only add nodes that were not known", async () => {
    const store = await testStore();
    await publish(store, day(3, "c"));
    await publish(
      store,
      day(1, "a", {
        nodes: [
          { unique_id: ORDERS, description: "of day 1" },
          { unique_id: "model.shop.gone", description: "of day 1" },
        ],
        edges: [["model.shop.gone", ORDERS]],
      }),
    );
    await publish(store, day(2, "b", { nodes: [{ unique_id: "model.shop.gone", description: "of day 2" }] }));
    expect(await askList(store, DESCRIPTIONS)).toEqual(["of day 2", "of day 3"]);
    expect(await askList(store, CURRENT)).toEqual([ORDERS]);
    expect(await askList(store, "SELECT count(*) FROM edges")).toEqual([0]);
    expect(
      await askList(store, "SELECT generated_at FROM environments JOIN definitions USING (definition_key)"),
    ).toEqual([moment(3)]);
    expect(
      await askList(
        store,
        "SELECT generated_at FROM nodes JOIN definitions USING (definition_key) WHERE unique_id = 'model.shop.gone'",
      ),
    ).toEqual([moment(2)]);
  });

  test("definitions in one load apply by their time, not by their order", async () => {
    const store = await testStore();
    const rows = new LoadRows().definitions(on(3, "c")).definitions(on(1, "a")).definitions(on(2, "b"));
    expect((await publish(store, rows)).added.definitions).toBe(3);
    expect(await askList(store, DESCRIPTIONS)).toEqual(["of day 3"]);
    expect(await askList(store, "SELECT checksum FROM node_versions ORDER BY first_seen_at")).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  test("a node that ran before it was defined keeps its key when its definitions come", async () => {
    const store = await testStore();
    await publish(store, new LoadRows().invocation({ executions: [{ node: ORDERS }] }));
    expect(
      await ask(store, "SELECT node_key, definition_key, name, resource_type, model_id FROM nodes"),
    ).toEqual([
      { node_key: 1, definition_key: null, name: "orders", resource_type: "model", model_id: "shop.orders" },
    ]);
    await publish(store, day(1, "a"));
    expect(await ask(store, "SELECT node_key, definition_key, description FROM nodes")).toEqual([
      { node_key: 1, definition_key: 1, description: "of day 1" },
    ]);
    expect(await askList(store, "SELECT description FROM executions JOIN nodes USING (node_key)")).toEqual([
      "of day 1",
    ]);
  });

  test("a state that comes again with other nodes is replaced whole", async () => {
    const store = await testStore();
    await publish(store, day(1, "a", { nodes: [{ unique_id: ORDERS }, { unique_id: "model.shop.extra" }] }));
    const { added } = await publish(store, day(1, "b"));
    expect(added.definitions).toBe(0);
    expect(await ask(store, "SELECT definition_key, node_count FROM definitions")).toEqual([
      { definition_key: 1, node_count: 1 },
    ]);
    expect(await askList(store, CURRENT)).toEqual([ORDERS]);
  });

  test("a state that comes again with as many nodes but other content is replaced", async () => {
    const store = await testStore();
    const told = (description: string) =>
      day(1, "a", { nodes: [{ unique_id: ORDERS, description }, { unique_id: "model.shop.x" }] });
    await publish(store, told("before"));
    const { generation } = await publish(store, told("after"));
    expect(await askList(store, "SELECT description FROM nodes WHERE name = 'orders'")).toEqual(["after"]);
    expect((await publish(store, told("after"))).generation).toBe(generation);
  });

  test("a test points to the node that it is about, within its environment", async () => {
    const store = await testStore();
    const nodes = [{ unique_id: "test.shop.t.0123456789", attached: ORDERS }, { unique_id: ORDERS }];
    const rows = new LoadRows();
    for (const environment_id of ["prod", "dev"])
      rows.definitions(on(1, "a", { nodes, environment: { environment_id } }));
    await publish(store, rows);
    expect(
      await ask(
        store,
        `SELECT a.unique_id, a.environment_key = t.environment_key AS same FROM nodes t JOIN nodes a ON a.node_key = t.attached_key`,
      ),
    ).toEqual([
      { unique_id: ORDERS, same: true },
      { unique_id: ORDERS, same: true },
    ]);
  });
});

describe("versions", () => {
  const period = (checksum: string, first: number, last: number) => ({
    checksum,
    first_seen_at: moment(first),
    last_seen_at: moment(last),
  });

  test("unchanged code extends its period", async () => {
    const store = await testStore();
    for (const number of [1, 2, 3]) await publish(store, day(number, "a"));
    expect(await ask(store, VERSIONS)).toEqual([period("a", 1, 3)]);
  });

  test.each([
    ["in order", [1, 2, 3, 4]],
    ["backwards", [4, 3, 2, 1]],
    ["mixed", [3, 1, 4, 2]],
    ["with the change last", [1, 3, 4, 2]],
  ])("code that changes and comes back makes three periods, arriving %s", async (_, order) => {
    const store = await testStore();
    const code = ["", "a", "b", "a", "a"];
    for (const number of order) await publish(store, day(number, code[number] ?? ""));
    expect(await ask(store, VERSIONS)).toEqual([period("a", 1, 1), period("b", 2, 2), period("a", 3, 4)]);
  });

  test("another materialization is another version", async () => {
    const store = await testStore();
    await publish(store, day(1, "a"));
    await publish(
      store,
      day(2, "a", { nodes: [{ unique_id: ORDERS, checksum: "a", materialization: "view" }] }),
    );
    expect(await askList(store, "SELECT materialization FROM node_versions ORDER BY first_seen_at")).toEqual([
      "table",
      "view",
    ]);
  });
});

describe("the environment of definitions that name none", () => {
  const unnamed = (number: number, more: Partial<DefinitionsInput> = {}) =>
    on(number, `c${number}`, { environment: null, ...more });
  const PLACES = `SELECT e.environment_id, d.generated_at FROM environments e
    LEFT JOIN definitions d USING (definition_key) ORDER BY 1`;
  const invocation = (id: string, environment_id: string) => ({
    invocation: { invocation_id: id },
    environment: { environment_id, type: "other" as const },
    executions: [{ node: ORDERS }],
  });

  test("is that of their invocation in the store", async () => {
    const store = await testStore();
    await publish(
      store,
      new LoadRows().invocation(invocation("d1", "dev")).invocation(invocation("x", "prod")),
    );
    await publish(store, new LoadRows().definitions(on(1, "p", { invocation_id: "p" })));
    await publish(store, new LoadRows().definitions(unnamed(1)));
    expect(
      await ask(
        store,
        "SELECT environment_id, invocation_id FROM definitions JOIN environments USING (environment_key) ORDER BY 1",
      ),
    ).toEqual([
      { environment_id: "dev", invocation_id: "d1" },
      { environment_id: "prod", invocation_id: "p" },
    ]);
  });

  test("is that of their invocation in the same load", async () => {
    const store = await testStore();
    await publish(store, new LoadRows().definitions(unnamed(1)).invocation(invocation("d1", "dev")));
    expect(await ask(store, PLACES)).toEqual([{ environment_id: "dev", generated_at: moment(1) }]);
  });

  test("is each that has none known to be its own, of several", async () => {
    const store = await testStore();
    const rows = new LoadRows().invocation(invocation("x", "guessed"));
    await publish(store, rows.definitions(on(1, "a", { environment: { environment_id: "own" } })));
    const places = (number: number) => [
      { environment_id: "guessed", generated_at: moment(number) },
      { environment_id: "own", generated_at: moment(1) },
    ];
    await publish(store, new LoadRows().definitions(unnamed(2)));
    expect(await ask(store, PLACES)).toEqual(places(2));
    const second = await publish(store, new LoadRows().definitions(unnamed(3)));
    expect(await ask(store, PLACES)).toEqual(places(3));
    const again = await publish(store, new LoadRows().definitions(unnamed(3)));
    expect(again.generation).toBe(second.generation);
  });

  test("is the only one, until their invocation tells of another: then they move, and it falls back", async () => {
    const store = await testStore();
    const model = (name: string, checksum: string) => ({
      unique_id: `model.shop.${name}`,
      checksum,
      description: checksum,
    });
    await publish(
      store,
      new LoadRows().invocation(invocation("d1", "prod")).definitions(
        unnamed(1, {
          nodes: [model("orders", "old"), model("same", "same")],
          edges: [["model.shop.same", ORDERS]],
        }),
      ),
    );
    const staging = unnamed(2, {
      nodes: [model("orders", "new"), model("same", "same"), model("added", "new")],
      edges: [
        ["model.shop.same", ORDERS],
        ["model.shop.added", ORDERS],
      ],
    });
    await publish(store, new LoadRows().definitions(staging));
    expect(await ask(store, PLACES)).toEqual([{ environment_id: "prod", generated_at: moment(2) }]);

    await publish(store, new LoadRows().invocation(invocation("d2", "staging")));
    expect(await ask(store, PLACES)).toEqual([
      { environment_id: "prod", generated_at: moment(1) },
      { environment_id: "staging", generated_at: moment(2) },
    ]);
    const current = `FROM nodes n JOIN environments e
      ON e.environment_key = n.environment_key AND e.definition_key = n.definition_key`;
    expect(
      await ask(store, `SELECT e.environment_id AS e, n.name, n.checksum ${current} ORDER BY ALL`),
    ).toEqual([
      { e: "prod", name: "orders", checksum: "old" },
      { e: "prod", name: "same", checksum: "same" },
      { e: "staging", name: "added", checksum: "new" },
      { e: "staging", name: "orders", checksum: "new" },
      { e: "staging", name: "same", checksum: "same" },
    ]);
    expect(
      await ask(
        store,
        `SELECT e.environment_id AS e, p.name AS parent FROM edges x JOIN nodes p ON p.node_key = x.parent_key
         JOIN environments e ON e.environment_key = x.environment_key ORDER BY ALL`,
      ),
    ).toEqual([
      { e: "prod", parent: "same" },
      { e: "staging", parent: "added" },
      { e: "staging", parent: "same" },
    ]);
    expect(
      await ask(
        store,
        `SELECT e.environment_id AS e, n.name, v.checksum, v.first_seen_at AS first, v.last_seen_at AS last
         FROM node_versions v JOIN nodes n USING (node_key) JOIN environments e USING (environment_key)
         WHERE n.name <> 'same' ORDER BY ALL`,
      ),
    ).toEqual([
      { e: "prod", name: "orders", checksum: "old", first: moment(1), last: moment(1) },
      { e: "staging", name: "added", checksum: "new", first: moment(2), last: moment(2) },
      { e: "staging", name: "orders", checksum: "new", first: moment(2), last: moment(2) },
    ]);
    expect(
      await ask(
        store,
        "SELECT i.invocation_id, own_definition, generated_at FROM invocations i JOIN definitions USING (definition_key) ORDER BY 1",
      ),
    ).toEqual([
      { invocation_id: "d1", own_definition: true, generated_at: moment(1) },
      { invocation_id: "d2", own_definition: true, generated_at: moment(2) },
    ]);
    const moved = await publish(store, new LoadRows().invocation(invocation("d2", "staging")));
    const again = await publish(
      store,
      new LoadRows().invocation(invocation("d2", "staging")).definitions(staging),
    );
    expect(again.generation).toBe(moved.generation);
  });

  test("is one called default while the project has none, whose place the first real one takes", async () => {
    const store = await testStore();
    await publish(store, new LoadRows().definitions(unnamed(1)));
    expect(await ask(store, "SELECT environment_id, type FROM environments")).toEqual([
      { environment_id: "default", type: "production" },
    ]);
    await publish(store, new LoadRows().invocation(invocation("i", "dev")));
    expect(await ask(store, "SELECT environment_id, name, type FROM environments")).toEqual([
      { environment_id: "dev", name: "dev", type: "other" },
    ]);
    expect(await askList(store, CURRENT)).toEqual([ORDERS]);
  });
});

describe("adoption", () => {
  const FULL = {
    nodes: [
      { unique_id: ORDERS, checksum: "a", tags: ["finance"], materialization: "table" },
      { unique_id: "model.shop.raw" },
      { unique_id: "test.shop.t.0123456789", attached: ORDERS },
    ],
    edges: [["model.shop.raw", ORDERS] satisfies [string, string]],
  };
  const ran = { environment: { environment_id: "ci" }, executions: [{ node: ORDERS }] };
  const OF_CI = `FROM nodes n JOIN environments e USING (environment_key) WHERE environment_id = 'ci'`;

  async function adopted(): Promise<Store> {
    const store = await testStore();
    await publish(store, new LoadRows().invocation(ran));
    await publish(store, day(1, "a", FULL));
    return store;
  }

  test("an environment without definitions takes over the newest of its project", async () => {
    const store = await adopted();
    expect(
      await ask(
        store,
        `SELECT n.unique_id, n.tags, n.definition_key = e.definition_key AS current ${OF_CI} ORDER BY 1`,
      ),
    ).toEqual([
      { unique_id: ORDERS, tags: ["finance"], current: true },
      { unique_id: "model.shop.raw", tags: [], current: true },
      { unique_id: "test.shop.t.0123456789", tags: [], current: true },
    ]);
    expect(
      await askList(
        store,
        `SELECT count(*) FROM edges x JOIN nodes p ON p.node_key = x.parent_key AND p.environment_key = x.environment_key
        JOIN nodes c ON c.node_key = x.child_key AND c.environment_key = x.environment_key`,
      ),
    ).toEqual([2]);
    expect(
      await askList(
        store,
        `SELECT count(*) FROM nodes t JOIN nodes a ON a.node_key = t.attached_key AND a.environment_key = t.environment_key`,
      ),
    ).toEqual([2]);
    expect(await askList(store, "SELECT tags FROM executions JOIN nodes USING (node_key)")).toEqual([
      ["finance"],
    ]);
  });

  test("it follows when the project gets newer ones", async () => {
    const store = await adopted();
    await publish(store, day(2, "b", { nodes: [{ unique_id: ORDERS, tags: ["new"] }] }));
    expect(await askList(store, `SELECT n.tags ${OF_CI} AND n.definition_key = e.definition_key`)).toEqual([
      ["new"],
    ]);
    expect(await askList(store, "SELECT count(*) FROM edges")).toEqual([0]);
  });

  test("its own, even older, take the place of adopted ones", async () => {
    const store = await adopted();
    const own = {
      environment: { environment_id: "ci" },
      generated_at: "2024-04-01T00:00:00Z",
      nodes: [{ unique_id: ORDERS, tags: ["ci"] }],
    };
    await publish(store, day(0, "z", own));
    expect(await askList(store, `SELECT n.tags ${OF_CI} AND n.definition_key = e.definition_key`)).toEqual([
      ["ci"],
    ]);
    await publish(store, day(3, "z", FULL));
    expect(await askList(store, `SELECT n.tags ${OF_CI} AND n.definition_key = e.definition_key`)).toEqual([
      ["ci"],
    ]);
  });
});

describe("the definitions of an invocation", () => {
  const LINKS = `SELECT i.invocation_id, generated_at, own_definition FROM invocations i
    LEFT JOIN definitions d USING (definition_key) ORDER BY 1`;
  const ran = (id: string, number: number, environment_id = "prod") => ({
    invocation: { invocation_id: id, ended_at: `2024-05-0${number}T12:00:00Z` },
    environment: { environment_id },
  });

  test("are its own, else the newest before its end, else the oldest after", async () => {
    const store = await testStore();
    const rows = new LoadRows()
      .definitions(on(2, "a", { invocation_id: "a" }))
      .definitions(on(3, "b", { invocation_id: "b" }));
    for (const [id, number] of [
      ["early", 1],
      ["mid", 2],
      ["late", 4],
      ["a", 5],
    ] as const)
      rows.invocation(ran(id, number));
    await publish(store, rows);
    const links = await ask(store, LINKS);
    expect(links).toEqual([
      { invocation_id: "a", generated_at: moment(2), own_definition: true },
      { invocation_id: "early", generated_at: moment(2), own_definition: false },
      { invocation_id: "late", generated_at: moment(3), own_definition: false },
      { invocation_id: "mid", generated_at: moment(2), own_definition: false },
    ]);
  });

  test("are found anew when nearer ones arrive", async () => {
    const store = await testStore();
    const query = LINKS;
    await publish(store, new LoadRows().invocation(ran("i", 3)));
    expect(await ask(store, query)).toEqual([
      { invocation_id: "i", generated_at: null, own_definition: false },
    ]);
    await publish(store, day(5, "e"));
    expect(await ask(store, query)).toMatchObject([{ generated_at: moment(5) }]);
    await publish(store, day(1, "a"));
    expect(await ask(store, query)).toMatchObject([{ generated_at: moment(1) }]);
    await publish(store, day(2, "b", { environment: { environment_id: "dev" } }));
    expect(await ask(store, query)).toMatchObject([{ generated_at: moment(1) }]);
    await publish(store, day(4, "d", { invocation_id: "i" }));
    expect(await ask(store, query)).toEqual([
      { invocation_id: "i", generated_at: moment(4), own_definition: true },
    ]);
  });
});
