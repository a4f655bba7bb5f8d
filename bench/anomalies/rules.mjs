/** The rules that are measured, from the sources. */
export { judgeSeries } from "../../src/core/anomalies.ts";
export { changePoint } from "../../src/core/change-point.ts";
