/** The contract of every source, for dbt Cloud: the demo's runs, served by the emulator in both of its schemas. */
import { answersAsTheFilesSay } from "./answers.ts";
import { openCloud } from "./dbt-cloud.ts";

answersAsTheFilesSay("dbt Cloud, schema of March 2025", () => openCloud({ schema: "2025-03", sample: 7 }));
answersAsTheFilesSay("dbt Cloud, schema of June 2026", () => openCloud({ schema: "2026-06", sample: 7 }));
