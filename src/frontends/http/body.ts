/** The body of a request, as far as it is not too large. */
import { cancelled } from "../../errors.ts";

/**
 * All its bytes; null where there are more than `most`, of which none is kept. Rejects with `CANCELLED` where it breaks off:
 * its sender has gone.
 */
export async function readBytes(request: Request, most: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get("content-length")) > most) return null;
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    // Whoever does not say how much it is has it counted as it comes.
    for await (const part of request.body) {
      length += part.byteLength;
      if (length > most) return null;
      parts.push(part);
    }
  } catch (error) {
    throw cancelled(error);
  }
  return Buffer.concat(parts);
}
