/** The product before the newest Dagster: every way in which a run can begin, go on and end. */
import { afterAll, beforeAll, describe } from "vitest";
import { type Opened, openAll } from "./dagster/asking.ts";
import { deathsReadAsTheyAre, eventsReadAsTheyAre } from "./dagster/events-suite.ts";
import { everyOperationAnswers, stateReadsAsItIs } from "./dagster/health-suite.ts";
import { NEWEST } from "./dagster/installation.ts";
import { runsReadAsTheyAre } from "./dagster/runs-suite.ts";

describe(`Dagster ${NEWEST.version}`, () => {
  let opened: Opened;
  const get = () => opened;

  beforeAll(async () => {
    opened = await openAll(NEWEST, "all");
  }, 400_000);
  afterAll(() => opened?.close());

  everyOperationAnswers(get);
  runsReadAsTheyAre(get);
  eventsReadAsTheyAre(get);
  deathsReadAsTheyAre(get);
  stateReadsAsItIs(get);
});
