/** Recordings of dbt Cloud: what was kept is answered as it was then, and nothing in it belongs to anybody. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, replay } from "../../scripts/dbt-cloud/record.ts";
import type { Recording } from "../../scripts/dbt-cloud/recording.ts";
import { Scrubber } from "../../scripts/dbt-cloud/scrub.ts";
import { type Emulator, startEmulator } from "../emulators/dbt-cloud/server.ts";
import { syntheticWorld } from "../emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../emulators/dbt-cloud/tokens.ts";

const FOLDER = join(import.meta.dirname, "dbt-cloud");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

it("there is a recording", () => expect(files).not.toEqual([]));

describe.each(files)("%s", (name) => {
  // Written by `npm run record dbt-cloud` alone.
  const kept = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Recording;

  it("is answered as it was", async () => {
    expect(await replay(kept, Date.parse(kept.now))).toEqual(kept.questions);
  });

  it("has an answer to every question", () => {
    for (const question of kept.questions) expect(question.answer).not.toHaveProperty("error");
  });
});

describe("a new recording", () => {
  const now = Date.parse("2026-11-18T07:30:00Z");
  let emulator: Emulator;
  let recorded: Awaited<ReturnType<typeof record>>;

  beforeAll(async () => {
    const world = syntheticWorld({ projects: 2, jobs: 3, models: 12, days: 4, now });
    const [project] = world.projects;
    if (project !== undefined) project.name = "Acme of jane.doe@acme.example";
    const [job] = world.jobs;
    if (job !== undefined) job.name = "Payroll for Jane Doe";
    emulator = await startEmulator({ world, now: () => now, discoveryLimit: 1e6, adminLimit: 1e6 });
    const { adminUrl, discoveryUrl } = emulator;
    recorded = await record({ token: FULL_TOKEN, accountId: "61002", adminUrl, discoveryUrl }, now);
  });
  afterAll(() => emulator.close());

  it("keeps no token, address, e-mail, id or name of the account, nor what its people wrote", () => {
    const text = JSON.stringify(recorded.kept);
    const secret = [FULL_TOKEN, "acme", "jane", "payroll", "127.0.0.1", "61002", "@"];
    for (const word of secret) expect([word, text.toLowerCase().includes(word)]).toEqual([word, false]);
    for (const word of wordsOf(recorded.exchanges)) {
      expect([word, new RegExp(`(?<!\\w)${escaped(word)}(?!\\w)`).test(text)]).toEqual([word, false]);
    }
    // The list of words is one, and they were there before.
    expect(wordsOf(recorded.exchanges).length).toBeGreaterThan(50);
  });

  it("tells as much as the account did", () => {
    const counted = recorded.kept.questions.map(({ name, answer }) => [name, Object(answer).total ?? null]);
    expect(counted).toContainEqual(["list_projects", 2]);
    expect(counted).toContainEqual(["list_models", 12]);
  });
});

describe("the scrubber", () => {
  const scrub = (value: unknown) => {
    const scrubber = new Scrubber();
    scrubber.collect(value);
    return scrubber.scrub(value);
  };

  it("replaces the same original by the same stand-in, in the order of the originals", () => {
    expect(
      scrub({ id: 9_000, other_id: "700", jobs: [{ id: 9_000, name: "zebra" }, { name: "ant" }] }),
    ).toEqual({
      id: 100000002,
      other_id: "100000001",
      jobs: [{ id: 100000002, name: "n10002" }, { name: "n10001" }],
    });
  });

  it("keeps times, counts and the words of the platform", () => {
    const kept = {
      status: 10,
      status_humanized: "Success",
      created_at: "2026-11-18 07:30:00.000000+00:00",
      total_count: 512,
    };
    expect(scrub(kept)).toEqual(kept);
  });

  it("keeps the shape of nodes and commands", () => {
    expect(
      scrub({ uniqueId: "model.shop.orders", step: "Invoke dbt with `dbt build --select orders`" }),
    ).toEqual({
      uniqueId: "model.n10002.n10001",
      step: "Invoke dbt with `dbt build --select n10001`",
    });
  });

  it("cuts what people wrote", () => {
    expect(
      scrub({ description: "Ask Jane", rawCode: "select * from pay", logs: "", meta: { owner: "Jane" } }),
    ).toEqual({
      description: "(8 characters)",
      rawCode: "(17 characters)",
      logs: "",
      meta: {},
    });
  });
});

/** Names and ids of the account in what its APIs said. */
function wordsOf(said: unknown): string[] {
  const words = new Set<string>();
  const visit = (key: string, value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) visit(key, one);
    else if (typeof value === "object" && value !== null)
      for (const [name, one] of Object.entries(value)) visit(name, one);
    else if (/^(name|uniqueId|unique_id|alias|tags|packageName|schema|database|git_sha)$/.test(key)) {
      for (const part of String(value).split(/[./ @`]/))
        if (part.length > 3 && !COMMON.test(part)) words.add(part);
    } else if (/(^|_)id$/.test(key) && Number(value) > 9999) words.add(String(value));
  };
  visit("", said);
  return [...words];
}

/** Words that dbt and the platform use themselves. */
const COMMON =
  /^(model|test|source|exposure|Invoke|with|dbt|build|deps|--?\w+|from|profile|connection|Create|Clone|repository|null|undefined|example)$/i;

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
