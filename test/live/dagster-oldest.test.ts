/** The product before the oldest Dagster that is supported: the same answers, as far as few runs can tell. */
import { afterAll, beforeAll, describe } from "vitest";
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
  runsReadAsTheyAre(get, ["quick", "slow", "failed", "retried", "dynamic", "assets"]);
  eventsReadAsTheyAre(get);
});
