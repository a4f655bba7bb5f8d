/** The product before the oldest Dagster that is supported: the same answers, as far as few runs can tell. */
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Opened, openAll } from "./dagster/asking.ts";
import { eventsReadAsTheyAre } from "./dagster/events-suite.ts";
import { everyOperationAnswers } from "./dagster/health-suite.ts";
import { OLDEST } from "./dagster/installation.ts";
import { runsReadAsTheyAre } from "./dagster/runs-suite.ts";

describe(`Dagster ${OLDEST.version}`, () => {
  let opened: Opened;
  const get = () => opened;

  beforeAll(async () => {
    opened = await openAll(OLDEST, "few");
  }, 240_000);
  afterAll(() => opened?.close());

  everyOperationAnswers(get);
  runsReadAsTheyAre(get, {
    quick: {},
    slow: {},
    // The failure of a run has no error of its own there, but the words of the server.
    failed: { error_message: expect.stringContaining("Steps failed: ['charge_cards']") },
    retried: {},
    dynamic: {},
    assets: { model_count: 3 },
  });
  eventsReadAsTheyAre(get);
});
