/** The same runs by the platform and on disk: nothing counts twice, whichever source comes first. */
import { answersAsTheFilesSay } from "./answers.ts";
import { openCloud } from "./dbt-cloud.ts";

answersAsTheFilesSay("dbt Cloud, then its artifacts on disk", () =>
  openCloud({ schema: "2026-06", artifacts: "last", sample: 7 }),
);
answersAsTheFilesSay("artifacts on disk, then dbt Cloud", () =>
  openCloud({ schema: "2026-06", artifacts: "first", sample: 7 }),
);
