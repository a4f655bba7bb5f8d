/** From the settings of the server to who may ask it. */
import type { ServerSettings } from "../../../config.ts";
import { RunlensError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import { type Access, openAccess } from "./access.ts";

/**
 * Everybody where the settings name neither keys nor an authorization server. Rejects with `CONFIG` for settings that
 * cannot be used. `clock` is the machine's.
 */
export async function accessBy(
  { keys, oauth, publicUrl }: ServerSettings,
  context: { clock: { now(): number }; log: Log },
): Promise<Access> {
  if (keys === undefined && oauth === undefined) return openAccess;
  if (oauth !== undefined && publicUrl === undefined) {
    throw new RunlensError(
      "CONFIG",
      "Tokens are made for an address, and the server does not know its own.",
      "Set server.public_url or RUNLENS_PUBLIC_URL to the address by which callers know this server.",
    );
  }
  const { protectedAccess } = await import("./protected.ts");
  const resource = `${publicUrl}/mcp`;
  return protectedAccess({
    ...context,
    ...(keys === undefined ? {} : { keys }),
    ...(oauth === undefined
      ? {}
      : { oauth: { ...oauth, resource, audience: oauth.audience.length > 0 ? oauth.audience : [resource] } }),
  });
}
