/** The same runs by the platform and on disk: nothing counts twice. The other order: test/store/doubles.test.ts. */
import { answersAsTheFilesSay } from "./answers.ts";
import { openCloud } from "./dbt-cloud.ts";

answersAsTheFilesSay("dbt Cloud, then its artifacts on disk", () =>
  openCloud({ schema: "2026-06", artifacts: "last", sample: 7 }),
);
