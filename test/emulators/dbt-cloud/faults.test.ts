import { describe, expect, it } from "vitest";
import { FAULT_KINDS, Faults, parseFault } from "./faults.ts";

describe("the text form of a fault", () => {
  it.each([
    ["429", { kind: "429" }],
    ["429:discovery:3", { kind: "429", api: "discovery", times: 3 }],
    ["html:2", { kind: "html", times: 2 }],
    ["cut:admin", { kind: "cut", api: "admin" }],
    ["errors-in-200:discovery", { kind: "errors-in-200", api: "discovery" }],
    ["slow:admin,match=/runs/,delay=5000", { kind: "slow", api: "admin", match: "/runs/", delayMs: 5000 }],
    ["500,after=10", { kind: "500", afterRequests: 10 }],
    ["partial,match=id: 1, name", { kind: "partial", match: "id: 1, name" }],
    ["reset,match=a=b", { kind: "reset", match: "a=b" }],
  ])("%s", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it("knows every kind", () => {
    expect(FAULT_KINDS.map((kind) => parseFault(kind).kind)).toEqual([...FAULT_KINDS]);
  });

  it.each([
    ["418", /no fault `418`; there are 401, /],
    ["", /no fault ``/],
    ["429:both", /`both` is no number in the fault `429:both`/],
    ["500,after=soon", /`soon` is no number/],
  ])("refuses %j", (text, message) => {
    expect(() => parseFault(text)).toThrow(message);
  });
});

describe("faults in force", () => {
  const kinds = (faults: Faults, ...requests: ["admin" | "discovery", string][]) =>
    requests.map(([api, text]) => faults.next(api, text)?.kind ?? null);

  it("hit so many requests, after so many", () => {
    const faults = new Faults([{ kind: "500", api: "admin", afterRequests: 1, times: 2 }]);
    const asked = Array.from({ length: 4 }, (): ["admin", string] => ["admin", "/"]);
    expect(kinds(faults, ["discovery", ""], ...asked)).toEqual([null, null, "500", "500", null]);
  });

  it("hit what they match, the first of them first", () => {
    const faults = new Faults([
      { kind: "404", match: /\/runs\/\d+\//g },
      { kind: "503", match: "/jobs/", times: 1 },
      { kind: "html", api: "admin", match: "/jobs/" },
    ]);
    const asked = ["/runs/1/", "/runs/2/", "/runs/", "/jobs/", "/jobs/"].map((path): ["admin", string] => [
      "admin",
      path,
    ]);
    expect(kinds(faults, ...asked)).toEqual(["404", "404", null, "503", "html"]);
  });

  it("of Discovery alone do not hit the Admin API", () => {
    expect(() => new Faults([{ kind: "partial", api: "admin" }])).toThrow(
      "partial is a fault of Discovery alone",
    );
    expect(kinds(new Faults([{ kind: "complexity" }]), ["admin", ""], ["discovery", ""])).toEqual([
      null,
      "complexity",
    ]);
  });
});
