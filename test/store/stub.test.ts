import { expect, test } from "vitest";
import { stubOf } from "../../src/store/merge/stub.ts";

test.each([
  ["model.shop.orders", "shop.orders", "orders", "model", null, null],
  ["model.shop.orders.v2", "shop.orders.v2", "orders", "model", "2", null],
  ["seed.shop.countries", "shop.countries", "countries", "seed", null, null],
  ["test.shop.unique_orders_id.0a1b2c3d4e", "shop.unique_orders_id", "unique_orders_id", "test", null, null],
  ["test.shop.assert_positive", "shop.assert_positive", "assert_positive", "test", null, null],
  ["source.shop.raw.payments", "shop.raw.payments", "payments", "source", null, "raw"],
  ["unit_test.shop.orders.adds_up", "shop.orders.adds_up", "adds_up", "unit_test", null, null],
  [
    "operation.shop.shop-on-run-end-0",
    "shop.shop-on-run-end-0",
    "shop-on-run-end-0",
    "operation",
    null,
    null,
  ],
])("%s tells what it is", (id, model_id, name, resource_type, version, source_name) => {
  expect(stubOf(id)).toEqual({ model_id, name, resource_type, package_name: "shop", version, source_name });
});

test.each([
  ["asset:sales:raw/orders", "sales.raw/orders", "raw/orders", "model"],
  ["asset:sales%3Aeu:50%25 off", "sales:eu.50% off", "50% off", "model"],
  ["op:sales:nightly:clean.load%3Aall", "sales.nightly.clean.load:all", "clean.load:all", "model"],
  ["check:sales:raw/orders:no_nulls", "sales.raw/orders.no_nulls", "no_nulls", "test"],
  ["external:sales:crm/accounts", "sales.crm/accounts", "crm/accounts", "source"],
])("%s tells what it is of a code location", (id, model_id, name, resource_type) => {
  expect(stubOf(id)).toEqual({
    model_id,
    name,
    resource_type,
    package_name: id.includes("%3Aeu") ? "sales:eu" : "sales",
    version: null,
    source_name: null,
  });
});

test.each([
  "asset:sales",
  "op:sales:nightly",
  "asset:sales:a:b",
  "other:sales:a",
])("%s is no id of a code location's", (id) => {
  expect(stubOf(id)).toMatchObject({ model_id: id, name: id, resource_type: "unknown" });
});

test("an id of another form is a name and no more", () => {
  expect(stubOf("whatever")).toEqual({
    model_id: "whatever",
    name: "whatever",
    resource_type: "unknown",
    package_name: null,
    version: null,
    source_name: null,
  });
});
