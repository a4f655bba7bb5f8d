/** The tokens of a made-up account, one for each way in which access can be limited. */
import type { Token } from "./world.ts";

/** Reads everything. */
export const FULL_TOKEN = "emulator-full";
/** The Admin API takes it, the Discovery API does not; and the reverse. */
export const ADMIN_TOKEN = "emulator-admin";
export const DISCOVERY_TOKEN = "emulator-discovery";

/** Sees the first project alone; where there are two of them. */
export const ONE_PROJECT_TOKEN = "emulator-one-project";

export const TOKENS: readonly Token[] = [
  { value: FULL_TOKEN, admin: true, discovery: true, projectIds: null },
  { value: ADMIN_TOKEN, admin: true, discovery: false, projectIds: null },
  { value: DISCOVERY_TOKEN, admin: false, discovery: true, projectIds: null },
];
