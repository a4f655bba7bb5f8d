/** The contract of every source, for Dagster: the demo's runs as those of assets, in the oldest and newest schema. */
import { answersAsTheFilesSay } from "./answers.ts";
import { openDagster } from "./dagster.ts";

answersAsTheFilesSay("Dagster 1.13", () => openDagster({ version: "1.13.27" }));
answersAsTheFilesSay("Dagster 1.6", () => openDagster({ version: "1.6.14", sample: 7 }));
