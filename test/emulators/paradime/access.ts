/** Who may ask: a key with its secret, a token of the workspace, or one of the company that names the workspace. */
import type { IncomingHttpHeaders } from "node:http";
import { type Reply, refusal } from "./replies.ts";
import type { Credentials } from "./world.ts";

/** Why a request is refused; null where it is not. */
export function refused(headers: IncomingHttpHeaders, known: Credentials): Reply | null {
  const { authorization } = headers;
  if (authorization === undefined) {
    const isRight = headers["x-api-key"] === known.key && headers["x-api-secret"] === known.secret;
    return isRight ? null : refusal(401, "Invalid API key");
  }
  if (authorization === `Bearer ${known.workspaceToken}`) return null;
  if (authorization !== `Bearer ${known.companyToken}`) return refusal(401, "Invalid token");
  return headers["x-paradime-workspace"] === known.workspace
    ? null
    : refusal(403, "X-Paradime-Workspace does not name a workspace of this company");
}
