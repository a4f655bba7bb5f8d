/** Writes the body of an answer to a file, for its owner alone. */
import { open, rm } from "node:fs/promises";
import { RunlensError } from "../../errors.ts";
import type { AnswerReader } from "../wire/transport.ts";
import { artifactTooLarge } from "./failures.ts";

/** Larger than any artifact that could be read afterwards. */
const MOST_BYTES = 2 * 1024 ** 3;

/**
 * Replaces what was there. What is not whole is removed, unless only the `head` is wanted: then nothing is read beyond
 * so many bytes.
 */
export function toFile(file: string, head: number | null): AnswerReader<void> {
  return async (response, alive) => {
    // A file that is there already may be open to others, or be a link to elsewhere.
    await local(rm(file, { force: true }));
    const handle = await local(open(file, "wx", 0o600));
    try {
      let length = 0;
      for await (const chunk of response.body ?? []) {
        alive();
        length += chunk.length;
        if (length > MOST_BYTES) throw artifactTooLarge(MOST_BYTES / 1024 ** 2);
        await local(handle.writeFile(chunk));
        if (head !== null && length >= head) break;
      }
    } catch (error) {
      await handle.close();
      await rm(file, { force: true });
      throw error;
    }
    await local(handle.close());
  };
}

/** Tells a failure of this machine from one of the network, which would be tried again. */
async function local<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new RunlensError(
      "INTERNAL",
      `An artifact of Paradime could not be written: ${code}.`,
      "Make room in the folder for temporary files, or point TMPDIR at another.",
      { cause },
    );
  }
}
