/**
 * What a system has no word for, and why: a closed list, so that what an answer cannot have is written down here, or
 * its lack is a failure. Nothing is left out of the tests of a side without standing in its `lacks`.
 */
export const LACKS = {
  "models without a table": "an ephemeral model is no asset: what reads it reads through it",
  "seeds and snapshots": "this deployment selects models alone; what they need is written by others",
  "unit tests": "dagster-dbt passes over their results",
  exposures: "they are no assets, and have no results",
  "tests of other nodes":
    "a check belongs to one asset: tests of several nodes, or of none that is an asset, are none",
  "plain errors of dbt": "an error is an exception of dagster-dbt, which has dbt's words in its message",
  "derived events": "events are those that were recorded, one by one, and not told from results",
  "freshness of sources": "Dagster 1.6 has no policy that an asset of others could have",
  "timings of dbt": "a check is in no step of its own, and a step takes longer than the model in it",
  "full refreshes": "how dbt was called is an argument inside the code of an asset",
  "age of sources":
    "Dagster says whether an asset is fresh, and of one that others made not how new its rows are",
  SQL: "Dagster does not know the code of an asset",
} as const;

export type Lack = keyof typeof LACKS;
