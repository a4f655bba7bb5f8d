/** The shared server: steady questions of many clients, a flood, and throughput beside an empty tool on the same wiring. */
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient, Served } from "./http/served.mjs";
import { figure } from "./lib/figures.mjs";
import { bundle, DEMO, largeEnvironment, RUNLENS } from "./lib/places.mjs";
import { median } from "./lib/statistics.mjs";

const CLIENTS = 100;
/** Questions a second of all clients together, and for how many seconds. */
const RATE = 30;
const SECONDS = 60;
const FLOOD_CONNECTIONS = 1_000;
const FLOOD_SECONDS = 10;
/** Questions under way at once where throughput is measured. */
const WIDE = 16;
const THROUGHPUT_SECONDS = 5;

/**
 * @param {number} count pairs
 * @param {string} store a folder with the large artifacts loaded
 * @returns {Promise<import("./lib/figures.mjs").Figure[]>}
 */
export async function http(count, store) {
  const demo = { RUNLENS_CONFIG: DEMO, RUNLENS_STORE: ":memory:" };
  const models = await namesOf(demo);
  const figures = [
    ...(await steady("demo", demo, models)),
    ...(await steady("600,000 executions", largeEnvironment(store), await namesOf(largeEnvironment(store)))),
    ...(await flood(largeEnvironment(store))),
    ...(await throughput(count, demo)),
  ];
  return figures;
}

/**
 * Memory after ten minutes of steady questions beside that after one.
 * @param {string} store
 * @param {number} minutes
 * @returns {Promise<import("./lib/figures.mjs").Figure[]>}
 */
export async function soak(store, minutes = 10) {
  const env = largeEnvironment(store);
  const models = await namesOf(env);
  const server = await Served.start([RUNLENS, "serve", "--port", "0"], env);
  try {
    await warm(server, models);
    const samples = [];
    const watch = setInterval(() => samples.push(server.resident), 1_000);
    const { errors, latencies } = await ask(server, models, minutes * 60);
    clearInterval(watch);
    const each = Array.from({ length: minutes }, (_, index) =>
      median(samples.slice(index * 60, (index + 1) * 60)),
    );
    const [early = 0, late = 0] = [each[1], each.at(-1)];
    return [
      figure(
        "shared server, soak",
        `memory, minute ${minutes} beside minute 2`,
        late / early,
        "x",
        1.2,
        `minute by minute ${each.map(mb).join(", ")}; ${latencies.length} questions, ${errors} failed`,
      ),
    ];
  } finally {
    await server.close();
  }
}

/** @param {Readonly<Record<string, string | undefined>>} env @returns {Promise<string[]>} ids of models */
async function namesOf(env) {
  const server = await Served.start([RUNLENS, "serve", "--port", "0"], env);
  try {
    const answer = await fetch(`${server.url}/api/v1/models?limit=200&fields=model_id`);
    const { items } = await answer.json();
    return items.map((/** @type {{ model_id: string }} */ { model_id }) => model_id);
  } finally {
    await server.close();
  }
}

/** @param {string} name @param {Readonly<Record<string, string | undefined>>} env @param {string[]} models */
async function steady(name, env, models) {
  const server = await Served.start([RUNLENS, "serve", "--port", "0"], env);
  try {
    await warm(server, models);
    const { errors, latencies, fresh } = await ask(server, models, SECONDS);
    const group = `shared server, ${name}`;
    const detail = `${latencies.length} questions of ${CLIENTS} clients, ${RATE} a second; p50 ${at(latencies, 0.5)} ms; never asked before: p50 ${at(fresh, 0.5)}, p99 ${at(fresh, 0.99)} ms`;
    return [
      figure(group, "p99", quantile(latencies, 0.99), "ms", 500, detail),
      figure(group, "questions that failed", errors, "questions", 0, `longest answer ${at(latencies, 1)} ms`),
    ];
  } finally {
    await server.close();
  }
}

/** One question of each kind: a server that is shared has long opened its store. @param {Served} server @param {readonly string[]} models */
async function warm(server, models) {
  const client = new HttpClient(server.url);
  for (let kind = 0; kind < 5; kind++) {
    const { path, input } = question(2 * kind, models, false);
    await client.get(`/api/v1${path}?${query(input)}`);
  }
  client.close();
}

/**
 * Questions come at their times whether the last ones have been answered or not, and each is timed from when it was to
 * be asked. Half of them nobody has asked before; half come over MCP, half over REST.
 * @param {Served} server @param {readonly string[]} models @param {number} seconds
 */
async function ask(server, models, seconds) {
  const clients = Array.from({ length: CLIENTS }, () => new HttpClient(server.url));
  const latencies = [];
  const fresh = [];
  let errors = 0;
  const began = performance.now();
  const answers = [];
  for (let index = 0; index < RATE * seconds; index++) {
    const due = began + (index * 1000) / RATE;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const isNew = index % 2 === 0;
    const { name, path, input } = question(isNew ? index : index % 40, models, isNew);
    const client = clients[index % CLIENTS];
    const overMcp = index % 4 < 2;
    answers.push(
      (overMcp ? client.call(name, input) : client.get(`/api/v1${path}?${query(input)}`)).then(
        ({ status, isError }) => {
          const ms = performance.now() - due;
          latencies.push(ms);
          if (isNew) fresh.push(ms);
          if (status !== 200 || isError) errors++;
        },
        () => errors++,
      ),
    );
  }
  await Promise.all(answers);
  for (const client of clients) client.close();
  return { latencies, fresh, errors };
}

/** One of several kinds; a new one has a bound that no other has. @param {number} index @param {readonly string[]} models @param {boolean} isNew */
function question(index, models, isNew) {
  const bound = isNew ? { max_runtime: 10_000 + index / 1000 } : {};
  const model_id = models[(isNew ? index * 7 : index) % models.length];
  const kinds = [
    { name: "slowest_models", path: "/models/slowest", input: { last_n_runs: 5 + (index % 5), ...bound } },
    { name: "list_models", path: "/models", input: { limit: 20, ...bound } },
    {
      name: "longest_running_jobs",
      path: "/jobs/longest",
      input: { last_n_runs: 3 + (index % 7), ...bound },
    },
    {
      name: "get_runtime_trend",
      path: "/runtime-trend",
      input: { model_id, since: isNew ? `${24 + (index % 9000)}h` : "14d" },
    },
    { name: "get_lineage", path: "/lineage", input: { model_id, depth: 1 + (index % 3) } },
  ];
  return kinds[Math.floor(index / 2) % kinds.length] ?? kinds[0];
}

/** @param {object} input */
function query(input) {
  return new URLSearchParams(Object.entries(input).map(([name, value]) => [name, String(value)])).toString();
}

/** @param {Readonly<Record<string, string | undefined>>} env */
async function flood(env) {
  const server = await Served.start([RUNLENS, "serve", "--port", "0"], env);
  try {
    const calm = new HttpClient(server.url);
    await calm.get("/api/v1/models/slowest");
    const clients = Array.from({ length: FLOOD_CONNECTIONS }, () => new HttpClient(server.url));
    /** @type {Map<number, number>} */
    const counts = new Map();
    let until = 0;
    let index = 0;
    const rush = async (/** @type {HttpClient} */ client) => {
      while (performance.now() < until) {
        const bound = 20_000 + index++ / 1000;
        const { status } = await client
          .get(`/api/v1/models/slowest?last_n_runs=10&max_runtime=${bound}`)
          .catch(() => ({ status: 0 }));
        counts.set(status, (counts.get(status) ?? 0) + 1);
        // Whoever is told to come again later does so, a little impatiently.
        if (status !== 200) await sleep(100);
      }
    };
    const looks = [];
    const look = async () => {
      while (performance.now() < until) {
        looks.push((await calm.get("/healthz")).ms);
        await sleep(200);
      }
    };
    const once = async () => {
      until = performance.now() + FLOOD_SECONDS * 1000;
      await Promise.all([look(), ...clients.map(rush)]);
      await sleep(2_000);
      return server.resident;
    };
    const [first, second] = [await once(), await once()];
    for (const client of clients) client.close();
    const after = await calm.get("/api/v1/models/slowest?last_n_runs=2");
    calm.close();
    const told = [...counts].sort().map(([status, times]) => `${times} times ${status || "no answer"}`);
    const strange = [...counts].filter(([status]) => status !== 200 && status !== 503);
    const group = "shared server, flood";
    return [
      figure(
        group,
        "answers that are neither 200 nor 503",
        strange.reduce((sum, [, times]) => sum + times, 0),
        "answers",
        0,
        `${FLOOD_CONNECTIONS} connections, twice ${FLOOD_SECONDS} s: ${told.join(", ")}`,
      ),
      figure(
        group,
        "a question afterwards",
        after.status === 200 ? after.ms : Number.NaN,
        "ms",
        1_000,
        "new, over REST",
      ),
      figure(group, "memory after a second one", second / first, "x", 1.2, `${mb(first)} and ${mb(second)}`),
      figure(
        group,
        "/healthz meanwhile, p50",
        quantile(looks, 0.5),
        "ms",
        null,
        `longest ${at(looks, 1)} ms`,
      ),
    ];
  } finally {
    await server.close();
  }
}

/** @param {number} count pairs @param {Readonly<Record<string, string | undefined>>} env */
async function throughput(count, env) {
  const empty = await bundle("http/empty-server.mjs", "http-empty-server.mjs");
  const [server, floor] = await Promise.all([
    Served.start([RUNLENS, "serve", "--port", "0"], env),
    Served.start([empty]),
  ]);
  try {
    const measured = [];
    for (let pair = 0; pair < count; pair++) {
      const ours = await perSecond(server.url, "slowest_models", { last_n_runs: 10 });
      const nothing = await perSecond(floor.url, "nothing", {});
      measured.push({ ours, nothing, ratio: nothing / ours });
    }
    const of = (/** @type {"ours" | "nothing" | "ratio"} */ key) => median(measured.map((one) => one[key]));
    return [
      figure(
        "shared server, throughput",
        "an empty tool's beside that of a question asked before",
        of("ratio"),
        "x",
        null,
        `${of("nothing").toFixed(0)} and ${of("ours").toFixed(0)} a second over MCP, ${WIDE} at once`,
      ),
    ];
  } finally {
    await Promise.all([server.close(), floor.close()]);
  }
}

/** @param {string} url @param {string} name @param {object} input */
async function perSecond(url, name, input) {
  const clients = Array.from({ length: WIDE }, () => new HttpClient(url));
  await Promise.all(clients.map((client) => client.call(name, input)));
  const from = performance.now();
  const until = from + THROUGHPUT_SECONDS * 1000;
  let answers = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < until) {
        const { status, isError } = await client.call(name, input);
        if (status !== 200 || isError) throw new Error(`${name} failed with ${status}`);
        answers++;
      }
    }),
  );
  for (const client of clients) client.close();
  return (answers * 1000) / (performance.now() - from);
}

/** @param {readonly number[]} values @param {number} q */
function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** @param {readonly number[]} values @param {number} q */
const at = (values, q) => quantile(values, q).toFixed(0);

/** @param {number} bytes */
const mb = (bytes) => `${Math.round(bytes / 1024 ** 2)} MB`;
