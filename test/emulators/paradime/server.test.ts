/** The emulator by itself: what the vendor's reference says of the API holds here too. */
import { expect, it, onTestFinished } from "vitest";
import { parseFault } from "./faults.ts";
import { madeUpWorld } from "./made-up.ts";
import { startEmulator } from "./server.ts";
import { LIFETIME_S } from "./signing.ts";
import { written } from "./times.ts";
import { CREDENTIALS } from "./world.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const KEYS = { "x-api-key": CREDENTIALS.key, "x-api-secret": CREDENTIALS.secret };

async function open() {
  let now = NOW;
  const world = madeUpWorld({ now: NOW, schedules: 2, runs: 3 });
  const emulator = await startEmulator({ world, now: () => now });
  onTestFinished(() => emulator.close());
  const ask = async (query: string, headers: Record<string, string> = KEYS) => {
    const response = await fetch(emulator.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  return { world, emulator, ask, pass: (ms: number) => (now += ms) };
}

it("lists schedules and runs in pages, the newest run first, and nothing behind the end", async () => {
  const { ask } = await open();
  const list = await ask(
    "{ listBoltSchedules(offset: 1, limit: 5, showInactive: false) { schedules { slug } totalCount } }",
  );
  expect(list.body.data.listBoltSchedules).toEqual({ schedules: [{ slug: "s1" }], totalCount: 2 });
  const runs = async (offset: number) =>
    (await ask(`{ listBoltRuns(slug: "s0", offset: ${offset}, limit: 2) { runs { id startDttm } } }`)).body
      .data.listBoltRuns.runs;
  expect((await runs(0)).map((run: { id: number }) => run.id)).toEqual([5003, 5002]);
  expect((await runs(0))[0].startDttm).toBe("2026-11-18 07:20:00.000000");
  expect(await runs(4)).toEqual([]);
});

it("wants exactly one name of a schedule, and knows what it does not have", async () => {
  const { ask } = await open();
  const both = await ask('{ listBoltRuns(slug: "s0", scheduleName: "s0", offset: 0, limit: 2) { ok } }');
  expect(both.body.errors[0].message).toContain("Exactly one");
  const gone = await ask("{ boltRunStatus(runId: 7) { state } }");
  expect(gone).toMatchObject({
    status: 200,
    body: { data: { boltRunStatus: null }, errors: [{ message: "Run 7 not found" }] },
  });
});

it("refuses who has no key, and another workspace than the token's", async () => {
  const { ask } = await open();
  const query = "{ listAllScheduleNames { ok } }";
  const { workspaceToken, companyToken, workspace } = CREDENTIALS;
  expect((await ask(query, {})).status).toBe(401);
  expect((await ask(query, { ...KEYS, "x-api-secret": "wrong" })).status).toBe(401);
  expect((await ask(query, { authorization: `Bearer ${workspaceToken}` })).status).toBe(200);
  expect((await ask(query, { authorization: `Bearer ${companyToken}` })).status).toBe(403);
  const named = { authorization: `Bearer ${companyToken}`, "x-paradime-workspace": workspace };
  expect((await ask(query, named)).status).toBe(200);
});

it("gives addresses of artifacts that need no key, hold for a while, and cannot be forged", async () => {
  const { ask, world, pass } = await open();
  const id = world.runs[0]?.commands.at(-1)?.resources[0]?.id;
  const { body } = await ask(`{ boltResourceUrl(resourceId: ${id}) { ok url } }`);
  const { url } = body.data.boltResourceUrl;
  expect(await (await fetch(url)).json()).toHaveProperty("metadata.project_name", "harbour");
  expect((await fetch(`${url}0`)).status).toBe(403);
  pass(LIFETIME_S * 1000 + 1000);
  expect((await fetch(url)).status).toBe(403);
});

it("writes times to the microsecond", () => {
  expect(written(NOW + 0.25)).toBe("2026-11-18 07:30:00.000250");
  expect(written(null)).toBeNull();
});

it("reads faults from the command line", () => {
  expect(parseFault("500:storage:3")).toEqual({ kind: "500", host: "storage", times: 3 });
  expect(parseFault("slow,match=listBoltRuns,after=1,delay=50")).toEqual({
    kind: "slow",
    match: "listBoltRuns",
    afterRequests: 1,
    delayMs: 50,
  });
  expect(() => parseFault("sleepy")).toThrow("no fault");
});
