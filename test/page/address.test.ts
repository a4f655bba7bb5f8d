import { describe, expect, it } from "vitest";
import { type Address, HOME, readAddress, writeAddress } from "../../src/page/address.ts";

const FULL: Address = {
  project: "pedal harbour & co",
  environment: "staging",
  subject: { kind: "job", id: "nightly #1", project: "shop" },
  days: 90,
  by: "run",
  depth: null,
};

describe("the address", () => {
  it("is empty where nothing was chosen", () => {
    expect(writeAddress(HOME)).toBe("#");
    for (const hash of ["", "#"]) expect(readAddress(hash)).toEqual(HOME);
  });

  it.each<[string, Address]>([
    ["all that can be chosen", FULL],
    ["a model", { ...HOME, subject: { kind: "model", id: "shop.dim_riders.v2", project: null } }],
    ["few steps", { ...HOME, depth: 1, days: 7 }],
  ])("says %s, and is read as it was written", (_, address) => {
    expect(readAddress(writeAddress(address))).toEqual(address);
  });

  it("takes what is no choice as if it were not there", () => {
    expect(readAddress("#days=8&by=week&depth=4&model=&other=1")).toEqual(HOME);
  });

  it("knows all steps by a word", () => {
    expect(readAddress("#depth=all").depth).toBeNull();
  });
});
