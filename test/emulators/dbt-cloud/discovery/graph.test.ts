/** Which tests belong to a node: what is tested is not all that a test refers to. */
import { expect, test } from "vitest";
import { ENVIRONMENT, get, manifest, node, results, smallWorld } from "./support.ts";

const AT = "2026-06-19T02:00:00.000000Z";
const ORDERS = "model.small.orders";
const PEOPLE = "model.small.people";
const RELATIONSHIPS = "test.small.relationships.1";
const OWN = "test.small.own.2";
const OLDER = "test.small.older.3";
const UNIT = "unit_test.small.people.adds_up";

const entries = [
  node(ORDERS, [PEOPLE]),
  node(PEOPLE),
  node(RELATIONSHIPS, [PEOPLE, ORDERS], { attached_node: ORDERS }),
  // A test of one's own is written at no model.
  node(OWN, [PEOPLE, ORDERS]),
  // dbt before 1.5 did not say where a test is written.
  node(OLDER, [PEOPLE]),
  node(UNIT, [ORDERS, PEOPLE], { model: "people" }),
];
const executed = [ORDERS, PEOPLE, RELATIONSHIPS, OWN, OLDER, UNIT];
const steps = [
  {
    "manifest.json": manifest(entries, AT),
    "run_results.json": results(AT, Object.fromEntries(executed.map((id) => [id, {}]))),
  },
];
const world = smallWorld([{ id: 1, at: AT, steps }]);

/** The field of each node of a list of the applied state, by unique id. */
async function each(list: string, field: string): Promise<Record<string, unknown>> {
  const query = `{ environment(id: ${ENVIRONMENT}) { applied { ${list} { edges { node { uniqueId value: ${field} } } } } } }`;
  const edges = await get(world, `environment.applied.${list}.edges`, query);
  // The shape that the query asks for.
  const nodes = (edges as { node: { uniqueId: string; value: unknown } }[]).map((edge) => edge.node);
  return Object.fromEntries(nodes.map(({ uniqueId, value }) => [uniqueId, value]));
}

test("a test belongs to the node that it is written at, else to all that it refers to", async () => {
  const tests = (...ids: string[]) => ids.map((uniqueId) => ({ uniqueId }));
  expect(await each("models", "tests { uniqueId }")).toEqual({
    [ORDERS]: tests(OWN, RELATIONSHIPS),
    [PEOPLE]: tests(OLDER, OWN, UNIT),
  });
});

test("a test says which node it tests, where that is one", async () => {
  expect(await each("tests", "testedNodeUniqueId")).toEqual({
    [RELATIONSHIPS]: ORDERS,
    [OWN]: null,
    [OLDER]: PEOPLE,
    [UNIT]: PEOPLE,
  });
});

test("its parents are all that it refers to", async () => {
  expect((await each("tests", "parents { uniqueId }"))[RELATIONSHIPS]).toEqual([
    { uniqueId: PEOPLE },
    { uniqueId: ORDERS },
  ]);
});
