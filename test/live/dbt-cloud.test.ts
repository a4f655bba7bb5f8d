/**
 * The product before a real account of dbt Cloud, where one is configured: `DBT_SERVICE_TOKEN`, `DBT_ACCOUNT_ID`, and
 * `DBT_HOST` or `DBT_ADMIN_URL` and `DBT_DISCOVERY_URL` where it does not lie on the default host. It only reads.
 */
import { describe, test } from "vitest";
import { readCloud, sourceOptions } from "../../src/config-cloud.ts";
import { bareToken, endpointsOf } from "../../src/sources/dbt-cloud/hosts.ts";
import { answersAsItsArtifactsSay } from "./dbt-cloud-suite.ts";

const NEEDED = ["DBT_SERVICE_TOKEN", "DBT_ACCOUNT_ID"] as const;
const PASSED_ON = [...NEEDED, "DBT_HOST", "DBT_ADMIN_URL", "DBT_DISCOVERY_URL"] as const;
const missing = NEEDED.filter((name) => !process.env[name]);
const title = "a real account of dbt Cloud answers as its artifacts say";

if (missing.length > 0) {
  const reason = `skipped: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set`;
  // The usual reporter counts the tests that were skipped, and names none.
  console.warn(`${title}: ${reason}`);
  describe(title, () => test.skip(reason));
} else {
  const environment = Object.fromEntries(
    PASSED_ON.flatMap((name): [string, string][] => {
      const value = process.env[name];
      return value ? [[name, value]] : [];
    }),
  );
  answersAsItsArtifactsSay(title, async () => {
    const settings = readCloud(environment);
    if (settings === null) throw new Error("no account is configured");
    const { token, accountId, ...where } = sourceOptions(settings);
    const place = { token: bareToken(token), accountId, adminUrl: endpointsOf(where).admin };
    return { place, environment, close: () => Promise.resolve() };
  });
}
