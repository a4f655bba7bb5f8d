/** The suite for real accounts, run on the emulator: so it is known that it finds what it looks for. */
import { addExtras } from "../emulators/dbt-cloud/extras.ts";
import { startEmulator } from "../emulators/dbt-cloud/server.ts";
import { syntheticWorld } from "../emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../emulators/dbt-cloud/tokens.ts";
import type { World } from "../emulators/dbt-cloud/world.ts";
import { answersAsItsArtifactsSay } from "./dbt-cloud-suite.ts";

async function openEmulated(world: World) {
  const { adminUrl, discoveryUrl, close } = await startEmulator({ world });
  const accountId = String(world.account.id);
  return {
    place: { token: FULL_TOKEN, accountId, adminUrl },
    environment: {
      DBT_SERVICE_TOKEN: FULL_TOKEN,
      DBT_ACCOUNT_ID: accountId,
      DBT_ADMIN_URL: adminUrl,
      DBT_DISCOVERY_URL: discoveryUrl,
    },
    close,
  };
}

answersAsItsArtifactsSay("an emulated account of nightly builds answers as its artifacts say", () =>
  openEmulated(syntheticWorld({ projects: 2, jobs: 4, models: 40, days: 12, now: Date.now() })),
);

answersAsItsArtifactsSay("an emulated account of rare cases answers as its artifacts say", () => {
  const now = Date.now();
  const world = syntheticWorld({ projects: 1, jobs: 1, models: 4, days: 2, now });
  // Its production environment is another one, so that the suite takes that of the rare cases.
  for (const environment of world.environments) environment.deploymentType = null;
  addExtras(world, now);
  return openEmulated(world);
});
