/** Signed addresses of artifacts: whoever has one may fetch, for as long as it says. */
import { createHmac } from "node:crypto";

const SIGNING_KEY = "the emulator's own";
/** How long an address holds, in seconds. */
export const LIFETIME_S = 300;

/** `now` is epoch milliseconds. */
export function signed(base: string, resourceId: number, now: number): string {
  const expires = Math.floor(now / 1000) + LIFETIME_S;
  const signature = signatureOf(resourceId, expires);
  return `${base}/artifacts/${resourceId}?X-Amz-Expires=${expires}&X-Amz-Signature=${signature}`;
}

/** The artifact that an address leads to; null for one that is forged or too old. */
export function resourceOf(url: URL, now: number): number | null {
  const id = Number(/^\/artifacts\/(\d+)$/.exec(url.pathname)?.[1] ?? Number.NaN);
  const expires = Number(url.searchParams.get("X-Amz-Expires"));
  const isSigned = url.searchParams.get("X-Amz-Signature") === signatureOf(id, expires);
  return isSigned && expires * 1000 >= now ? id : null;
}

function signatureOf(resourceId: number, expires: number): string {
  return createHmac("sha256", SIGNING_KEY).update(`${resourceId} ${expires}`).digest("hex");
}
