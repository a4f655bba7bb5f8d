import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { artifactsWorld } from "./artifacts.ts";
import type { Fault } from "./faults.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "./server.ts";
import { ADMIN_TOKEN, DISCOVERY_TOKEN, FULL_TOKEN } from "./tokens.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const world = artifactsWorld(join(import.meta.dirname, "../../../demo/artifacts"));
const ACCOUNT = world.account.id;
const RUNS = `/api/v2/accounts/${ACCOUNT}/runs/`;
const PROJECT_NAME = "{ environment(id: 270301) { dbtProjectName } }";

const started: Emulator[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.close()));
});

async function start(options: Partial<EmulatorOptions> = {}): Promise<Emulator> {
  const emulator = await startEmulator({ world, now: () => NOW, ...options });
  started.push(emulator);
  return emulator;
}

async function withFaults(...faults: Fault[]): Promise<Emulator> {
  const emulator = await start();
  emulator.setFaults(faults);
  return emulator;
}

function admin(
  { adminUrl }: Emulator,
  path: string,
  token: string | null = FULL_TOKEN,
  init: RequestInit = {},
) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${adminUrl}${path}`, { redirect: "manual", headers, ...init });
}

function ask(
  { discoveryUrl }: Emulator,
  query: unknown,
  token: string | null = FULL_TOKEN,
  init: RequestInit = {},
) {
  return fetch(discoveryUrl, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
    ...init,
  });
}

interface Answer {
  data: Record<string, { fields?: { name: string }[] }>;
  errors?: unknown[];
}

async function answerOf(reply: Response): Promise<Answer> {
  const answer: Answer = JSON.parse(await reply.text());
  return answer;
}

describe("the server", () => {
  it("serves both APIs of one world", async () => {
    const emulator = await start();
    const runs = await admin(emulator, `${RUNS}?limit=1`);
    expect(runs.headers.get("content-type")).toBe("application/json");
    expect(await runs.json()).toMatchObject({ extra: { pagination: { count: 1, total_count: 127 } } });
    const answer = await ask(emulator, PROJECT_NAME);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { data: { environment: { dbtProjectName: "pedal_harbour" } } },
    ]);
  });

  it("redirects a path that lacks its last slash, with its query", async () => {
    const reply = await admin(await start(), `${RUNS.slice(0, -1)}?limit=1&order_by=-id`);
    expect([reply.status, reply.headers.get("location")]).toEqual([301, `${RUNS}?limit=1&order_by=-id`]);
  });

  it("answers with a page anywhere else, as the web application does", async () => {
    const emulator = await start();
    const reply = await admin(emulator, `/metadata${RUNS}`);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(emulator.count()).toBe(0);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("refuses to %s", async (method) => {
    const reply = await admin(await start(), `/api/v2/accounts/${ACCOUNT}/jobs/530401/run/`, FULL_TOKEN, {
      method,
    });
    expect(reply.status).toBe(405);
    expect(await reply.json()).toMatchObject({ status: { code: 405, is_success: false } });
  });

  it("has the beta path only where it is asked for", async () => {
    const at = async (emulator: Emulator) => {
      const discoveryUrl = `${emulator.adminUrl}/beta/graphql`;
      return (await ask({ ...emulator, discoveryUrl }, PROJECT_NAME)).status;
    };
    expect([await at(await start()), await at(await start({ beta: true }))]).toEqual([404, 200]);
  });

  it("has the schema that is asked for", async () => {
    const query = '{ __type(name: "ModelNode") { fields { name } } }';
    const fields = async (schema: "2025-03" | "2026-06") => {
      const { data } = await answerOf(await ask(await start({ schema }), query, null));
      return data.__type?.fields?.map((field) => field.name);
    };
    expect(await fields("2025-03")).not.toContain("paginationCursor");
    expect(await fields("2026-06")).toContain("paginationCursor");
  });

  it("remembers requests, and no token", async () => {
    const emulator = await start();
    await admin(emulator, `${RUNS}?limit=1`, FULL_TOKEN, {
      headers: { authorization: `Token ${FULL_TOKEN}` },
    });
    await ask(emulator, "", FULL_TOKEN, {
      body: JSON.stringify({
        query: `query Name ${PROJECT_NAME}`,
        operationName: "Name",
        variables: { a: 1 },
      }),
    });
    expect(emulator.requests).toEqual([
      {
        api: "admin",
        method: "GET",
        path: RUNS,
        query: "limit=1",
        operationName: null,
        variables: null,
        scheme: "Token",
        status: 200,
      },
      {
        api: "discovery",
        method: "POST",
        path: "/graphql",
        query: `query Name ${PROJECT_NAME}`,
        operationName: "Name",
        variables: { a: 1 },
        scheme: "Bearer",
        status: 200,
      },
    ]);
    expect(JSON.stringify(emulator.requests)).not.toContain(FULL_TOKEN);
    expect([emulator.count(), emulator.count("admin"), emulator.count("discovery")]).toEqual([2, 1, 1]);
    emulator.resetCounts();
    expect(emulator.count()).toBe(0);
  });

  it("waits before each answer where it is told to", async () => {
    const emulator = await start({ latencyMs: 40 });
    const begun = performance.now();
    await admin(emulator, `${RUNS}?limit=1`);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(39);
  });
});

describe("tokens", () => {
  it("are taken in both forms, and refused where they are unknown or missing", async () => {
    const emulator = await start();
    const status = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      return (await admin(emulator, `${RUNS}?limit=1`, null, { headers })).status;
    };
    expect(await status(`Bearer ${FULL_TOKEN}`)).toBe(200);
    expect(await status(`Token ${FULL_TOKEN}`)).toBe(200);
    expect(await status(`Basic ${FULL_TOKEN}`)).toBe(401);
    expect(await status("Bearer wrong")).toBe(401);
    const missing = await admin(emulator, RUNS, null);
    expect(await missing.json()).toEqual({
      status: { code: 401, is_success: false, user_message: "Invalid token.", developer_message: null },
      data: null,
    });
  });

  it("may be good for one API alone", async () => {
    const emulator = await start();
    expect((await admin(emulator, RUNS, ADMIN_TOKEN)).status).toBe(200);
    expect((await admin(emulator, RUNS, DISCOVERY_TOKEN)).status).toBe(403);
    expect(await (await ask(emulator, PROJECT_NAME, DISCOVERY_TOKEN)).json()).toHaveProperty(
      "data.environment",
    );
    const refused = await ask(emulator, PROJECT_NAME, ADMIN_TOKEN);
    expect([refused.status, await refused.json()]).toEqual([
      200,
      { errors: [{ message: "You do not have permission to perform this action" }], data: null },
    ]);
  });

  it("are needed for what Discovery knows, but not for its schema", async () => {
    const emulator = await start();
    const reply = await ask(emulator, "{ __typename }", null);
    expect([reply.status, await reply.json()]).toEqual([
      200,
      { errors: [{ message: "No token was provided." }], data: null },
    ]);
    expect((await ask(emulator, "{ __typename }", "wrong")).status).toBe(401);
    expect(await (await ask(emulator, "{ __typename }")).json()).toEqual({ data: { __typename: "Query" } });
    const schema = await ask(emulator, "{ __schema { queryType { name } } }", null);
    expect(await schema.json()).toEqual({ data: { __schema: { queryType: { name: "Query" } } } });
    const mixed = await ask(emulator, `{ __schema { queryType { name } } ${PROJECT_NAME.slice(1)}`, null);
    expect(await mixed.json()).toMatchObject({ errors: [{ message: "No token was provided." }] });
  });

  it("do not open another account", async () => {
    const reply = await admin(await start(), `/api/v2/accounts/${ACCOUNT + 1}/runs/`);
    expect(reply.status).toBe(403);
    expect(await reply.json()).toMatchObject({
      status: { user_message: "Access denied: Token is not scoped to account." },
    });
  });
});

describe("limits", () => {
  it("close an API for five minutes, the other one not, and tell no time to come back", async () => {
    let now = NOW;
    const emulator = await start({ now: () => now, adminLimit: 2, discoveryLimit: 3 });
    const statuses = async (count: number) => {
      const replies = [];
      for (let turn = 0; turn < count; turn += 1)
        replies.push((await admin(emulator, `${RUNS}?limit=1`)).status);
      return replies;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect((await ask(emulator, PROJECT_NAME)).status).toBe(200);
    now += 299_000;
    const refused = await admin(emulator, RUNS);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, null]);
    expect(await refused.json()).toMatchObject({ status: { code: 429, is_success: false }, data: null });
    now += 1000;
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it("count the last minute", async () => {
    let now = NOW;
    const emulator = await start({ now: () => now, discoveryLimit: 2 });
    const status = async () => (await ask(emulator, PROJECT_NAME)).status;
    expect(await status()).toBe(200);
    now += 40_000;
    expect(await status()).toBe(200);
    now += 20_000;
    expect(await status()).toBe(200);
    expect(await status()).toBe(429);
  });
});

describe("faults", () => {
  it.each(["401", "403", "404", "429", "500"] as const)("%s has the body of its API", async (kind) => {
    const emulator = await withFaults({ kind });
    const [one, other] = [await admin(emulator, RUNS), await ask(emulator, PROJECT_NAME)];
    expect([one.status, other.status]).toEqual([Number(kind), Number(kind)]);
    expect(await one.json()).toMatchObject({ status: { code: Number(kind), is_success: false }, data: null });
    expect(await other.json()).toMatchObject({ errors: [{ message: expect.any(String) }], data: null });
  });

  it.each([
    ["502", 502],
    ["503", 503],
    ["html", 200],
  ] as const)("%s answers with a page", async (kind, status) => {
    const reply = await admin(await withFaults({ kind }), RUNS);
    expect([reply.status, (await reply.text()).slice(0, 15)]).toEqual([status, "<!doctype html>"]);
  });

  it("errors-in-200 refuses within a good status", async () => {
    const emulator = await withFaults({ kind: "errors-in-200" });
    const [one, other] = [await admin(emulator, RUNS), await ask(emulator, PROJECT_NAME)];
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(await one.json()).toMatchObject({ status: { is_success: false }, data: null });
    expect(await other.json()).toMatchObject({ errors: [{}], data: null });
  });

  it("partial takes a part of the last environment out of a real answer", async () => {
    const query = `{
      production: environment(id: 270301) { applied { lastUpdatedAt } }
      staging: environment(id: 270302) { dbtProjectName definition { lastUpdatedAt } }
      last: environment(id: 270301) { dbtProjectName applied { lastUpdatedAt } }
    }`;
    const whole = await answerOf(await ask(await start(), query));
    expect(whole).not.toHaveProperty("errors");
    const emulator = await withFaults({ kind: "partial" });
    const { data, errors } = await answerOf(await ask(emulator, query));
    expect(errors).toEqual([{ message: "Internal server error", path: ["last", "applied"] }]);
    expect(data).toEqual({ ...whole.data, last: { ...whole.data.last, applied: null } });
    expect((await admin(emulator, RUNS)).status).toBe(200);
  });

  it("complexity refuses as the platform did", async () => {
    const reply = await ask(await withFaults({ kind: "complexity" }), PROJECT_NAME);
    const { errors, data } = await answerOf(reply);
    expect([reply.status, data]).toEqual([200, null]);
    expect(errors).toEqual([
      {
        message: expect.stringContaining("exceeds the complexity limit"),
        extensions: { code: "COMPLEXITY_EXCEEDED" },
      },
    ]);
  });

  it("slow answers well, but late, and lets go of those who hang up", async () => {
    const emulator = await withFaults({ kind: "slow", delayMs: 40, times: 1 }, { kind: "slow" });
    const begun = performance.now();
    expect((await admin(emulator, RUNS)).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(39);
    const hurried = admin(emulator, RUNS, FULL_TOKEN, { signal: AbortSignal.timeout(20) });
    await expect(hurried).rejects.toThrow(/timeout|aborted/);
    expect(emulator.requests.map(({ status }) => status)).toEqual([200, null]);
  });

  it("cut ends in the middle of the body", async () => {
    const reply = await admin(await withFaults({ kind: "cut" }), RUNS);
    expect(reply.status).toBe(200);
    await expect(reply.text()).rejects.toThrow();
  });

  it("reset breaks the connection", async () => {
    const emulator = await withFaults({ kind: "reset", times: 1 });
    await expect(admin(emulator, RUNS)).rejects.toThrow("fetch failed");
    expect((await admin(emulator, RUNS)).status).toBe(200);
  });

  it("hit what they match: a path, or a document with its variables", async () => {
    const emulator = await withFaults(
      { kind: "500", match: "limit=2" },
      { kind: "404", match: /"id":\s*7\b/ },
    );
    expect((await admin(emulator, `${RUNS}?limit=1`)).status).toBe(200);
    expect((await admin(emulator, `${RUNS}?limit=2`)).status).toBe(500);
    const body = JSON.stringify({ query: PROJECT_NAME, variables: { id: 7 } });
    expect((await ask(emulator, "", FULL_TOKEN, { body })).status).toBe(404);
    emulator.setFaults([]);
    expect((await ask(emulator, "", FULL_TOKEN, { body })).status).toBe(200);
  });

  it("leave nothing open: closing breaks off what waits", async () => {
    const emulator = await withFaults({ kind: "slow" });
    const waiting = expect(admin(emulator, RUNS)).rejects.toThrow("fetch failed");
    await expect.poll(() => emulator.count()).toBe(1);
    await emulator.close();
    await waiting;
  });
});

describe("a body that is none", () => {
  it("is a bad request", async () => {
    const emulator = await start();
    for (const body of ["", "[]", "{", "null"])
      expect([body, (await ask(emulator, "", FULL_TOKEN, { body })).status]).toEqual([body, 400]);
    expect((await ask(emulator, "{ nothing }")).status).toBe(400);
  });
});
