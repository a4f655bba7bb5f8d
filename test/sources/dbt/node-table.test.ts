import { describe, expect, test } from "vitest";
import { nodeOf } from "../../../src/sources/dbt/manifest-nodes.ts";
import { NodeTable } from "../../../src/sources/dbt/node-table.ts";
import { Words } from "../../../src/sources/visit/columns.ts";

/** A table with these entries of members, then what it tells, in words. */
function told(fill: (add: (member: string, name: string, entry?: object) => void, table: NodeTable) => void) {
  const words = new Words();
  const table = new NodeTable(words);
  fill((member, name, entry = {}) => {
    const node = nodeOf(name, { ...entry });
    if (node === null) throw new Error(`${name} is not a node`);
    table.add(member, name, node);
  }, table);
  const { nodes, edges } = table.finish(new Map([["sales", "Sales team"]]));
  const texts = words.takeFresh();
  const word = (index: number | undefined) => texts[index ?? -1] ?? null;
  return {
    nodes: [...nodes.unique_id].map((id, row) => ({
      id: word(id),
      description: word(nodes.description[row]),
      owner: word(nodes.owner[row]),
    })),
    edges: [...edges.parent].map((parent, row) => `${word(parent)} > ${word(edges.child[row])}`),
    lengths: [nodes.length, edges.length],
  };
}

const ORDERS = "model.shop.orders";
const on = (...nodes: string[]) => ({ depends_on: { nodes } });

describe("the nodes of a manifest", () => {
  test("are rows, with an edge from each parent that is no macro", () => {
    expect(
      told((add) => {
        add("sources", "source.shop.raw.orders");
        add("nodes", ORDERS, on("source.shop.raw.orders", "macro.shop.now"));
      }),
    ).toEqual({
      nodes: [
        { id: "source.shop.raw.orders", description: null, owner: null },
        { id: ORDERS, description: null, owner: null },
      ],
      edges: [`source.shop.raw.orders > ${ORDERS}`],
      lengths: [2, 1],
    });
  });

  test("have the owner of their group where they have none", () => {
    const { nodes } = told((add) => {
      add("nodes", "model.shop.a", { group: "sales" });
      add("nodes", "model.shop.b", { group: "sales", config: { meta: { owner: "own" } } });
      add("nodes", "model.shop.c", { group: "nobody" });
    });
    expect(nodes.map(({ owner }) => owner)).toEqual(["Sales team", "own", null]);
  });

  test("are those of the later of two entries with one name", () => {
    expect(
      told((add) => {
        add("nodes", ORDERS, { description: "first", ...on("model.shop.gone") });
        add("nodes", "model.shop.other", on(ORDERS));
        add("nodes", ORDERS, { description: "second", group: "sales", ...on("model.shop.kept") });
      }),
    ).toEqual({
      nodes: [
        { id: "model.shop.other", description: null, owner: null },
        { id: ORDERS, description: "second", owner: "Sales team" },
      ],
      edges: [`${ORDERS} > model.shop.other`, `model.shop.kept > ${ORDERS}`],
      lengths: [2, 2],
    });
  });

  test("are those of the later of two members with one name, and of the other members", () => {
    const { nodes, edges } = told((add, table) => {
      add("sources", "source.shop.raw.orders");
      add("nodes", ORDERS, on("model.shop.gone"));
      add("nodes", "model.shop.gone");
      table.forget("nodes");
      add("nodes", ORDERS, on("source.shop.raw.orders"));
    });
    expect(nodes.map(({ id }) => id)).toEqual(["source.shop.raw.orders", ORDERS]);
    expect(edges).toEqual([`source.shop.raw.orders > ${ORDERS}`]);
  });
});
