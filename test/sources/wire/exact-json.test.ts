import { expect, it } from "vitest";
import { withExactIds } from "../../../src/sources/wire/exact-json.ts";

it("keeps every digit of an id beyond 2^53", () => {
  const read = JSON.parse(
    withExactIds('{"id":17595622018341013,"ids":[-17595622018341013, 9007199254740993]}'),
  );
  expect(read).toEqual({ id: "17595622018341013", ids: ["-17595622018341013", "9007199254740993"] });
});

it("leaves run times as they are, which have as many digits", () => {
  const json =
    '{"executionTime":0.10732769966125488,"least":1.2345678901234567e-17,"all":[-3.2345678901234567]}';
  expect(withExactIds(json)).toBe(json);
});

it("leaves everything else as it is", () => {
  const values = {
    id: 70471875959609,
    time: 1.25,
    large: 1e25,
    text: 'digits 12345678901234567, a quote " and \\ 12345678901234567: [12345678901234567]',
    "12345678901234567": null,
  };
  const json = JSON.stringify({ ...values, long: 1 }).replace(
    '"long":1',
    '"long":12345678901234567,"exact":1234567890123456.5,"power":12345678901234560e1',
  );
  expect(JSON.parse(withExactIds(json))).toEqual({
    ...values,
    long: "12345678901234567",
    exact: 1234567890123456.5,
    power: 123456789012345600,
  });
});
