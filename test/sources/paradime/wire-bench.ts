/** An emulated workspace with what asks it alone: no store, so that a test of the wire takes no time. */
import { onTestFinished } from "vitest";
import { BoltApi } from "../../../src/sources/paradime/api.ts";
import { Artifacts } from "../../../src/sources/paradime/artifacts.ts";
import { credentialsOf } from "../../../src/sources/paradime/endpoint.ts";
import { apiVendor, storageVendor } from "../../../src/sources/paradime/failures.ts";
import { Transport } from "../../../src/sources/wire/transport.ts";
import { madeUpWorld } from "../../emulators/paradime/made-up.ts";
import { type Emulator, startEmulator } from "../../emulators/paradime/server.ts";
import { CREDENTIALS, type World } from "../../emulators/paradime/world.ts";
import { NOW, SetClock } from "./bench.ts";

export interface WireBench {
  world: World;
  emulator: Emulator;
  clock: SetClock;
  api: BoltApi;
  artifacts: Artifacts;
  /** Names of the requests so far. */
  names(): string[];
}

/** Opens all; closed after the test. */
export async function openWire(
  options: { world?: World; strict?: boolean; timeoutMs?: number; clock?: SetClock } = {},
): Promise<WireBench> {
  const {
    world = madeUpWorld({ now: NOW }),
    strict = false,
    timeoutMs = 30_000,
    clock = new SetClock(NOW),
  } = options;
  const emulator = await startEmulator({ world, strict, now: () => clock.now() });
  onTestFinished(() => emulator.close());
  const { key: apiKey, secret: apiSecret } = CREDENTIALS;
  const credentials = credentialsOf({ endpoint: emulator.url, apiKey, apiSecret, clock });
  const wire = { clock, fetch, timeoutMs };
  const api = new BoltApi(new Transport({ ...wire, vendor: apiVendor(credentials) }), emulator.url);
  const artifacts = new Artifacts(api, new Transport({ ...wire, vendor: storageVendor() }));
  return { world, emulator, clock, api, artifacts, names: () => emulator.requests.map(({ name }) => name) };
}
