/**
 * Recordings of real servers, replayed through the source and the store: they are answered as they were, and nothing in
 * them tells of the machine that they were made on.
 */
import { readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, test } from "vitest";
import { askAll, QUESTIONS } from "../../../scripts/dagster/questions.ts";
import { type Recording, replaying } from "../../../scripts/dagster/recording.ts";
import { RUN_NAMES } from "../../live/dagster/named-runs.ts";

const FOLDER = join(import.meta.dirname, "../../recordings/dagster");

const recordings = ["1.13.27", "1.6.14"].map((version) => {
  const text = readFileSync(join(FOLDER, `${version}.json`), "utf8");
  // Written by `npm run record dagster` alone.
  const kept = JSON.parse(text) as Recording;
  const answers: Record<string, unknown>[] = [];
  return { version, text, kept, answers, ...replaying(kept) };
});

beforeAll(async () => {
  await Promise.all(
    recordings.map(async ({ kept, fetch, answers }) =>
      answers.push(...(await askAll(fetch, kept.runs, Date.parse(kept.now)))),
    ),
  );
});

describe.each(recordings)("Dagster $version", ({ version, text, kept, answers, missing }) => {
  it("is asked only what was asked of it before", () => {
    expect([...new Set(missing)], "record it again: test/live/dagster/README.md").toEqual([]);
  });

  it("has every run of the scenario", () => {
    expect(Object.keys(kept.runs).sort()).toEqual([...RUN_NAMES].sort());
  });

  it("has an answer to every question", () => {
    const refused = QUESTIONS.filter((_, index) => answers[index]?.error !== undefined);
    expect(refused.map(({ title }) => title)).toEqual([]);
  });

  test.each(QUESTIONS.map(({ title }, index) => [title, index] as const))("%s", (_, index) => {
    expect(answers[index]).toMatchSnapshot();
  });

  it("tells nothing of the machine that it was made on", () => {
    const schema = readFileSync(join(FOLDER, `schema-${version}.graphql`), "utf8");
    const user = userInfo().username;
    const places = [
      homedir(),
      process.cwd(),
      hostname(),
      `/${user}`,
      `${user}@`,
      "/tmp",
      "/dev/shm",
      "/home",
      "/var",
    ];
    const words = [
      ...places.map((place) => `${place}/`),
      "127.0.0.1",
      "localhost",
      "site-packages",
      "runlens-dagster",
    ];
    for (const word of words) {
      expect([word, text.includes(word), schema.includes(word)]).toEqual([word, false, false]);
    }
  });
});
