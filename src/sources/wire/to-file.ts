/** Writes the body of an answer to a file, for its owner alone. */
import { open, rm } from "node:fs/promises";
import { RunlensError } from "../../errors.ts";
import type { AnswerReader } from "./transport.ts";

/** Larger than any artifact that could be read afterwards. */
const MOST_BYTES = 2 * 1024 ** 3;

export interface FileOptions {
  /** What is written, as an error says it: `An artifact of Paradime`. */
  what: string;
  /** The error of an answer without an end. */
  tooLarge: (megabytes: number) => RunlensError;
  /** Bytes of an answer without an end. */
  mostBytes?: number;
  /** Nothing is read beyond so many bytes; null for all of it. */
  head?: number | null;
}

/** Replaces what was there. What is not whole is removed, unless only the head is wanted. */
export function toFile(
  file: string,
  { what, tooLarge, mostBytes = MOST_BYTES, head = null }: FileOptions,
): AnswerReader<void> {
  return async (response, alive) => {
    // A file that is there already may be open to others, or be a link to elsewhere.
    await local(what, rm(file, { force: true }));
    const handle = await local(what, open(file, "wx", 0o600));
    try {
      let length = 0;
      for await (const chunk of response.body ?? []) {
        alive();
        length += chunk.length;
        if (length > mostBytes) throw tooLarge(mostBytes / 1024 ** 2);
        await local(what, handle.writeFile(chunk));
        if (head !== null && length >= head) break;
      }
    } catch (error) {
      await handle.close();
      await rm(file, { force: true });
      throw error;
    }
    await local(what, handle.close());
  };
}

/** Tells a failure of this machine from one of the network, which would be tried again. */
async function local<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    throw new RunlensError(
      "INTERNAL",
      `${what} could not be written: ${code}.`,
      "Make room in the folder for temporary files, or point TMPDIR at another.",
      { cause },
    );
  }
}
