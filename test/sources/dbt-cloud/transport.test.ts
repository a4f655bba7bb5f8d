import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Api } from "../../../src/sources/dbt-cloud/failures.ts";
import { storageVendor } from "../../../src/sources/paradime/failures.ts";
import { Transport } from "../../../src/sources/wire/transport.ts";
import { systemClock } from "../../../src/sync/clock.ts";
import { inWork, listen, type UpstreamRequest } from "../../../src/telemetry.ts";
import {
  failureOf,
  type Handler,
  QuickClock,
  type Served,
  StillClock,
  send,
  serve,
  TOKEN,
  transport,
  WAITING,
} from "./served.ts";

afterEach(() => vi.restoreAllMocks());

const GOOD = { data: [] };

function get(wire: Transport, { url }: Served, path = "/", signal = WAITING) {
  return wire.send(`${url}${path}`, {}, signal);
}

async function textOf(wire: Transport, served: Served, path = "/"): Promise<string> {
  return new TextDecoder().decode((await get(wire, served, path)).body);
}

/** Half of a body, then the end of the connection. */
function cut(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
  response.write('{"data": [1, 2', () => response.destroy());
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

describe("a request", () => {
  it("goes on with the trace of whoever asked, and is told with how it ended", async () => {
    const served = await serve((_request, response) => send(response, 200, GOOD));
    const told: UpstreamRequest[] = [];
    const stop = listen("upstream-request", (request) => told.push(request));
    const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", flags: "01", state: "vendor=1" };
    await inWork({ trace }, () => get(transport("admin"), served));
    await get(transport("admin"), served);
    stop();
    const [traced, plain] = served.seen;
    expect(traced?.headers.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect(traced?.headers.tracestate).toBe("vendor=1");
    expect(plain?.headers.traceparent).toBeUndefined();
    expect(told.map(({ vendor, outcome }) => [vendor, outcome])).toEqual([
      ["dbt-cloud-admin", "200"],
      ["dbt-cloud-admin", "200"],
    ]);
  });

  it("of another party's storage has no part in the trace", async () => {
    const served = await serve((_request, response) => send(response, 200, GOOD));
    const storage = new Transport({ vendor: storageVendor(), clock: systemClock(), fetch });
    const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", flags: "01", state: null };
    await inWork({ trace }, () => get(storage, served));
    expect(served.seen[0]?.headers.traceparent).toBeUndefined();
  });

  it("carries the token, and nothing of it in its address", async () => {
    const served = await serve((_request, response) => send(response, 200, GOOD));
    const answer = await get(transport("admin"), served, "/api/?a=1");
    expect(answer).toMatchObject({ status: 200, contentType: "application/json" });
    const [seen] = served.seen;
    expect(seen?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(`${seen?.path}${seen?.query}`).not.toContain(TOKEN);
  });

  it("is answered with the whole body, however it is cut into pieces", async () => {
    const text = JSON.stringify(Array.from({ length: 50_000 }, (_, index) => `größe ${index}`));
    const served = await serve((_request, response) => {
      response.writeHead(200);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 4_097) response.write(bytes.subarray(at, at + 4_097));
      response.end();
    });
    const read = await textOf(transport("admin"), served);
    expect(createHash("sha256").update(read).digest("hex")).toBe(
      createHash("sha256").update(text).digest("hex"),
    );
  });

  it("is one of eight at most that are under way", async () => {
    let at = 0;
    let most = 0;
    const served = await serve(async (_request, response) => {
      at++;
      most = Math.max(most, at);
      await new Promise((resolve) => setTimeout(resolve, 10));
      at--;
      send(response, 200, GOOD);
    });
    const wire = transport("admin");
    await Promise.all(Array.from({ length: 40 }, () => get(wire, served)));
    expect([served.seen.length, wire.requests, most]).toEqual([40, 40, 8]);
  });

  it.each<[Api, number]>([
    ["discovery", 450],
    ["admin", 4500],
  ])("waits its turn in the minute: %s", async (api, most) => {
    const clock = new QuickClock();
    const answer = () => Promise.resolve(new Response("{}"));
    const wire = transport(api, { clock, fetch: answer });
    for (let request = 0; request < most; request++) await wire.send("http://127.0.0.1/", {}, WAITING);
    expect(clock.sleeps).toEqual([]);
    await wire.send("http://127.0.0.1/", {}, WAITING);
    expect([clock.sleeps, wire.requests]).toEqual([[60_000], most + 1]);
  });

  it("that a caller gives up is ended, and CANCELLED", async () => {
    const stop = new AbortController();
    let isGone = () => {};
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    const served = await serve((_request, response) => {
      response.once("close", isGone);
      stop.abort();
    });
    const wire = transport("admin");
    expect((await failureOf(get(wire, served, "/", stop.signal))).code).toBe("CANCELLED");
    await gone;
    expect((await failureOf(get(wire, served, "/", stop.signal))).code).toBe("CANCELLED");
    expect(wire.requests).toBe(1);
  });

  it("may be one of many that wait under one signal, which is no leak", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    const served = await serve((_request, response) => send(response, 200, GOOD));
    const wire = transport("admin");
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => get(wire, served, "/", signal)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });

  it("that a caller gives up in its last attempt is CANCELLED, not failed", async () => {
    const stop = new AbortController();
    const served = await serve((_request, response, count) =>
      count < 3 ? send(response, 500, "") : stop.abort(),
    );
    expect((await failureOf(get(transport("admin"), served, "/", stop.signal))).code).toBe("CANCELLED");
  });

  it("that a caller gives up while its body comes is CANCELLED too", async () => {
    const stop = new AbortController();
    const served = await serve((_request, response) => {
      response.writeHead(200);
      response.write("half", () => setTimeout(() => stop.abort(), 20));
    });
    expect((await failureOf(get(transport("admin"), served, "/", stop.signal))).code).toBe("CANCELLED");
  });
});

describe("a failure that passes", () => {
  const failing: Record<string, Handler> = {
    500: (_request, response) => send(response, 500, { errors: [{ message: "oops" }] }),
    502: (_request, response) => send(response, 502, "<html></html>", { "content-type": "text/html" }),
    503: (_request, response) => send(response, 503, ""),
    504: (_request, response) => send(response, 504, ""),
    cut: (_request, response) => cut(response),
    reset: (_request, response) => reset(response),
  };

  it.each(Object.keys(failing))("is tried again: %s", async (kind) => {
    const clock = new QuickClock();
    const served = await serve((request, response, count) =>
      count < 3 ? failing[kind]?.(request, response, count) : send(response, 200, GOOD),
    );
    const wire = transport("admin", { clock });
    expect(await textOf(wire, served)).toBe(JSON.stringify(GOOD));
    expect([served.seen.length, wire.requests]).toEqual([3, 3]);
    expect(clock.sleeps).toEqual([250, 500]);
  });

  it.each(Object.keys(failing))("is UPSTREAM after the third time: %s", async (kind) => {
    const served = await serve((request, response, count) => failing[kind]?.(request, response, count));
    const wire = transport("discovery");
    expect(await failureOf(get(wire, served))).toMatchObject({ code: "UPSTREAM", reason: "passing" });
    expect(wire.requests).toBe(3);
  });

  it("is tried after the pause that it asks for, where that is short", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response, count) =>
      count === 1 ? send(response, 503, "", { "retry-after": "4" }) : send(response, 200, GOOD),
    );
    await get(transport("admin", { clock }), served);
    expect(clock.sleeps).toEqual([4_000]);
  });

  it("is not waited for where it asks for long", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response) => send(response, 503, "", { "retry-after": "60" }));
    expect((await failureOf(get(transport("admin", { clock }), served))).code).toBe("UPSTREAM");
    expect([clock.sleeps, served.seen.length]).toEqual([[], 1]);
  });

  it("leaves half of each pause to chance", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response) => send(response, 500, ""));
    await failureOf(get(transport("admin", { clock, random: () => 0.999_999 }), served));
    expect(clock.sleeps.map(Math.round)).toEqual([500, 1000]);
  });

  it("is given up with the caller, and keeps the process alive while it waits", async () => {
    const clock = new StillClock();
    const served = await serve((_request, response) => send(response, 500, ""));
    const stop = new AbortController();
    const set = vi.spyOn(globalThis, "setInterval");
    const clear = vi.spyOn(globalThis, "clearInterval");
    const waiting = get(transport("admin", { clock }), served, "/", stop.signal);
    while (clock.sleepers === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const timer = set.mock.results.at(-1)?.value;
    expect([timer?.hasRef(), clear.mock.calls.flat().includes(timer)]).toEqual([true, false]);
    stop.abort();
    expect((await failureOf(waiting)).code).toBe("CANCELLED");
    expect(clear.mock.calls.flat().includes(timer)).toBe(true);
  });
});

describe("a slow answer", () => {
  it("is TIMEOUT, tried three times", async () => {
    const served = await serve(() => {});
    const wire = transport("discovery", { timeoutMs: 40 });
    const error = await failureOf(get(wire, served));
    expect(error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("0.04 s") });
    expect(wire.requests).toBe(3);
  });

  it("is TIMEOUT where only its body never ends", async () => {
    const served = await serve((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("more "), 10);
      response.once("close", () => clearInterval(timer));
    });
    const wire = transport("discovery", { timeoutMs: 60 });
    expect((await failureOf(get(wire, served))).code).toBe("TIMEOUT");
  });

  it("may take longer where the reader sees it come", async () => {
    const served = await serve((_request, response) => {
      response.writeHead(200);
      let pieces = 0;
      const timer = setInterval(() => {
        if (++pieces < 40) return void response.write("x");
        clearInterval(timer);
        response.end("x");
      }, 20);
    });
    const wire = transport("admin", { timeoutMs: 500 });
    const reader = async (response: Response, alive: () => void) => {
      let length = 0;
      for await (const chunk of response.body ?? []) {
        alive();
        length += chunk.length;
      }
      return length;
    };
    expect(await wire.read(served.url, {}, reader, WAITING)).toBe(40);
    expect(wire.requests).toBe(1);
  });
});

describe("429", () => {
  it("is not tried again, and nothing is sent for five minutes", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response, count) =>
      count === 1 ? send(response, 429, "") : send(response, 200, GOOD),
    );
    const wire = transport("discovery", { clock });
    for (let request = 0; request < 3; request++) {
      const error = await failureOf(get(wire, served));
      expect(error.code).toBe("RATE_LIMITED");
      expect(`${error.message} ${error.hint}`).toContain("2026-11-20T06:05:00.000Z");
    }
    expect([served.seen.length, wire.requests, clock.sleeps]).toEqual([1, 1, []]);
    clock.time += 300_000;
    expect((await get(wire, served)).status).toBe(200);
  });

  it("says when to come back where the API does", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response) => send(response, 429, "", { "retry-after": "45" }));
    const wire = transport("admin", { clock });
    expect((await failureOf(get(wire, served))).message).toContain("2026-11-20T06:00:45.000Z");
    clock.time += 44_000;
    await failureOf(get(wire, served));
    expect(served.seen).toHaveLength(1);
    clock.time += 1_000;
    await failureOf(get(wire, served));
    expect(served.seen).toHaveLength(2);
  });

  it("also stops the requests that were waiting for a slot", async () => {
    const served = await serve(async (_request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      send(response, 429, "");
    });
    const wire = transport("admin");
    const codes = await Promise.all(
      Array.from({ length: 30 }, async () => (await failureOf(get(wire, served))).code),
    );
    expect(new Set(codes)).toEqual(new Set(["RATE_LIMITED"]));
    expect(wire.requests).toBe(8);
  });

  it("also stops a request that was waiting for its turn in the minute", async () => {
    const clock = new QuickClock();
    const answers: ((response: Response) => void)[] = [];
    const wire = transport("discovery", {
      clock,
      fetch: () => new Promise((resolve) => answers.push(resolve)),
    });
    const ask = () => wire.send("http://127.0.0.1/", {}, WAITING);
    for (let request = 0; request < 449; request++) {
      const asked = ask();
      while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
      answers.pop()?.(new Response("{}"));
      await asked;
    }
    const last = ask();
    while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // The last request of this minute is refused while the next one waits for another minute.
    clock.sleep = async (ms) => {
      answers.pop()?.(new Response("", { status: 429 }));
      await failureOf(last);
      clock.time += ms;
    };
    expect((await failureOf(ask())).code).toBe("RATE_LIMITED");
    expect(wire.requests).toBe(450);
  });

  it("concerns one API alone", async () => {
    const served = await serve((request, response) =>
      request.path === "/busy" ? send(response, 429, "") : send(response, 200, GOOD),
    );
    await failureOf(get(transport("discovery"), served, "/busy"));
    expect((await get(transport("admin"), served, "/free")).status).toBe(200);
  });
});

describe("a redirect", () => {
  it("is followed on the same host", async () => {
    const served = await serve((request, response) =>
      request.path.endsWith("/")
        ? send(response, 200, GOOD)
        : send(response, 301, "", { location: `${request.path}/?${request.query}` }),
    );
    const wire = transport("admin");
    expect(await textOf(wire, served, "/runs?limit=1")).toBe(JSON.stringify(GOOD));
    expect(served.seen.map(({ path, query }) => `${path}?${query}`)).toEqual([
      "/runs?limit=1",
      "/runs/?limit=1",
    ]);
    expect(wire.requests).toBe(2);
  });

  it("never takes the token to another host", async () => {
    const other = await serve((_request, response) => send(response, 200, GOOD));
    for (const location of [`${other.url}/x`, `//${new URL(other.url).host}/x`, "https://evil.example/x"]) {
      const served = await serve((_request, response) => send(response, 302, "", { location }));
      const error = await failureOf(get(transport("admin"), served));
      expect(error).toMatchObject({ code: "UPSTREAM", hint: expect.stringContaining("DBT_HOST") });
      expect(error.message).toContain(new URL(location, served.url).origin);
      expect(served.seen).toHaveLength(1);
    }
    expect(other.seen).toEqual([]);
  });

  it("of a POST is followed only where it stays a POST", async () => {
    const served = await serve((request, response) => {
      if (request.path === "/graphql/") return send(response, 200, request.body);
      send(response, request.path === "/moved" ? 302 : 308, "", { location: "/graphql/" });
    });
    const post = (path: string) =>
      transport("discovery").send(`${served.url}${path}`, { method: "POST", body: "{}" }, WAITING);
    expect(new TextDecoder().decode((await post("/graphql")).body)).toBe("{}");
    expect((await failureOf(post("/moved"))).code).toBe("UPSTREAM");
    expect(served.seen.map(({ method }) => method)).toEqual(["POST", "POST", "POST"]);
  });

  it("that leads nowhere, or to itself, is UPSTREAM", async () => {
    const served = await serve((request, response) =>
      send(
        response,
        302,
        "",
        request.path === "/bad" ? { location: "http://[" } : { location: request.path },
      ),
    );
    const wire = transport("admin");
    expect((await failureOf(get(wire, served, "/loop"))).code).toBe("UPSTREAM");
    expect(wire.requests).toBe(4);
    expect((await failureOf(get(wire, served, "/bad"))).code).toBe("UPSTREAM");
  });
});

it("an answer that is too large for memory is TOO_LARGE, and not tried again", async () => {
  const served = await serve((_request, response) => send(response, 200, "x".repeat(2 ** 20 + 1)));
  const wire = transport("admin", { mostBytes: 2 ** 20 });
  expect(await failureOf(get(wire, served))).toMatchObject({
    code: "TOO_LARGE",
    message: expect.stringContaining("1 MB"),
  });
  expect(wire.requests).toBe(1);
});

it("a host that is not there is UPSTREAM and tried again, a wrong certificate is not", async () => {
  const wire = transport("admin");
  const nobody = await failureOf(wire.send("http://127.0.0.1:1/", {}, WAITING));
  expect(nobody).toMatchObject({ code: "UPSTREAM" });
  expect(wire.requests).toBe(3);
  const cause = Object.assign(new Error("x"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  const wrong = transport("discovery", {
    fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
  });
  const error = await failureOf(wrong.send("http://127.0.0.1/", {}, WAITING));
  expect(error).toMatchObject({ code: "UPSTREAM", hint: expect.stringContaining("DBT_HOST") });
  expect(wrong.requests).toBe(1);
});
