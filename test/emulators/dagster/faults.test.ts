import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, at, listAt } from "./client.ts";
import { RUNS, WORKSPACE } from "./documents.ts";
import { type Fault, Faults, parseFault } from "./faults.ts";
import { type Emulator, startEmulator } from "./server.ts";
import { syntheticWorld } from "./synthetic.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ world: syntheticWorld({ now: NOW, runs: 2 }), now: () => NOW });
});
afterEach(() => emulator.setFaults([]));
afterAll(() => emulator.close());

async function meeting(fault: Fault, query = "{ version }") {
  emulator.setFaults([fault]);
  return ask(emulator, query);
}

describe("a fault", () => {
  it.each([
    "401",
    "403",
    "404",
    "409",
    "429",
    "500",
    "502",
    "503",
    "504",
  ] as const)("is status %s", async (kind) => {
    const { status, headers } = await meeting({ kind });
    expect([status, headers.get("retry-after")]).toEqual([Number(kind), null]);
  });

  it("says when to come again, in seconds or by a date", async () => {
    const seconds = await meeting({ kind: "429", retryAfter: { seconds: 3, form: "seconds" } });
    expect(seconds.headers.get("retry-after")).toBe("3");
    const date = await meeting({ kind: "503", retryAfter: { seconds: 60, form: "date" } });
    expect(date.headers.get("retry-after")).toBe("Wed, 18 Nov 2026 07:31:00 GMT");
  });

  it("is maintenance, a page, a text, or a refusal in 200", async () => {
    expect(await meeting({ kind: "maintenance" })).toMatchObject({
      status: 503,
      body: { maintenance: { timeout: 3600, retry_interval: 30 } },
    });
    expect((await meeting({ kind: "html" })).headers.get("content-type")).toContain("text/html");
    expect((await meeting({ kind: "not-json" })).body).toContain("upstream connect error");
    expect(await meeting({ kind: "unauthenticated" })).toMatchObject({
      status: 200,
      body: { data: null, errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
    });
  });

  it("is an exception in one field while the others are fine", async () => {
    const answer = await meeting({ kind: "python-error", field: "repositoriesOrError" }, WORKSPACE);
    expect(answer.status).toBe(500);
    expect(at(answer.body, "data.repositoriesOrError.__typename")).toBe("PythonError");
    expect(listAt(answer.body, "data.workspaceOrError.locationEntries")).toHaveLength(1);
    // Where the union has no such member, it is an error of the answer.
    const thrown = await meeting({ kind: "python-error" }, "{ assetNodes { id } }");
    expect([thrown.status, at(thrown.body, "data")]).toEqual([500, null]);
    expect(at(thrown.body, "errors.0.extensions.errorInfo.cls_name")).toBe("Exception");
  });

  it("is UnauthorizedError where the union has it, and an error elsewhere", async () => {
    const sensor = `{ sensorOrError(sensorSelector: {repositoryName: "r", repositoryLocationName: "l", sensorName: "s"}) { __typename } }`;
    expect(await meeting({ kind: "unauthorized" }, sensor)).toMatchObject({
      status: 200,
      body: { data: { sensorOrError: { __typename: "UnauthorizedError" } } },
    });
    const runs = await meeting({ kind: "unauthorized" }, RUNS);
    expect([runs.status, at(runs.body, "errors.0.extensions.code")]).toEqual([200, "UNAUTHENTICATED"]);
  });

  it("is a word that no schema knows", async () => {
    const { body } = await meeting({ kind: "unknown-word", field: "status", word: "HIBERNATING" }, RUNS);
    expect(new Set(listAt(body, "data.runsOrError.results").map((run) => at(run, "status")))).toEqual(
      new Set(["HIBERNATING"]),
    );
  });

  it("cuts the answer, resets the connection, or is late", async () => {
    await expect(meeting({ kind: "cut" }, RUNS)).rejects.toThrow();
    await expect(meeting({ kind: "reset" })).rejects.toThrow();
    const begun = Date.now();
    expect((await meeting({ kind: "slow", delayMs: 80 })).status).toBe(200);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(75);
  });

  it("hits as often as it is to, and what it is to", async () => {
    emulator.setFaults([{ kind: "503", times: 1, afterRequests: 1, match: "version" }]);
    const statuses: number[] = [];
    for (const query of ["{ version }", "{ canBulkTerminate }", "{ version }", "{ version }"])
      statuses.push((await ask(emulator, query)).status);
    expect(statuses).toEqual([200, 200, 503, 200]);
  });
});

describe("the form of the command line", () => {
  it.each([
    ["429:3,retry=2", { kind: "429", times: 3, retryAfter: { seconds: 2, form: "seconds" } }],
    [
      "python-error,field=runsOrError,after=1",
      { kind: "python-error", field: "runsOrError", afterRequests: 1 },
    ],
    ["slow,match=a,b,delay=50", { kind: "slow", match: "a,b", delayMs: 50 }],
    ["unknown-word,field=status,word=X", { kind: "unknown-word", field: "status", word: "X" }],
  ])("reads %s", (text, fault) => {
    expect(parseFault(text)).toEqual(fault);
  });

  it("refuses what is none", () => {
    expect(() => parseFault("418")).toThrow("no fault `418`");
    expect(() => parseFault("429:x")).toThrow("is no number");
    expect(() => new Faults([{ kind: "unknown-word" }])).toThrow("takes a field and a word");
  });
});
