/** `npm run record dbt-cloud` and `npm run record dagster`: what a real system says, for the tests to replay. */
const [system, ...args] = process.argv.slice(2);

switch (system) {
  case "dbt-cloud":
    await import("./record-dbt-cloud.ts");
    break;
  case "dagster": {
    const { recordDagster } = await import("./record-dagster.ts");
    await recordDagster(args);
    break;
  }
  default:
    process.stderr.write("Usage: npm run record <dbt-cloud or dagster>\n");
    process.exitCode = 2;
}
