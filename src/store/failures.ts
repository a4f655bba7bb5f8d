/** What makes a store folder unusable, told from defects: only the former turn the store to memory. */
import { join } from "node:path";

/** Why the folder cannot be used. `reason` is one sentence for the notes of answers, with the next move. */
export class StoreUnusable extends Error {
  override readonly name = "StoreUnusable";

  private constructor(
    readonly reason: string,
    /** True where the published facts can still be read, so that memory may begin with them. */
    readonly readable: boolean,
    options?: { cause?: unknown },
  ) {
    super(reason, options);
  }

  static damaged(file: string, cause?: unknown): StoreUnusable {
    return new StoreUnusable(
      `The store file ${file} is damaged and was left as it is; facts are fetched again and kept in memory ` +
        "until this process ends. Run `runlens cache clear store` to start a new store.",
      false,
      { cause },
    );
  }

  static newer(file: string): StoreUnusable {
    return new StoreUnusable(
      `The store file ${file} was written by a newer runlens; facts are kept in memory until this process ` +
        "ends. Update runlens, or give this version a store folder of its own.",
      false,
    );
  }

  static foreign(folder: string): StoreUnusable {
    return new StoreUnusable(
      `The store folder ${folder} belongs to another user; facts are kept in memory until this process ends. ` +
        "Choose a store folder of your own.",
      false,
    );
  }

  static full(folder: string, cause: unknown): StoreUnusable {
    return new StoreUnusable(
      `The disk of the store folder ${folder} is full; new facts are kept in memory until this process ends. ` +
        "Free some space there and start again.",
      true,
      { cause },
    );
  }

  static refused(folder: string, cause: unknown): StoreUnusable {
    return new StoreUnusable(
      `The store folder ${folder} cannot be used; new facts are kept in memory until this process ends. ` +
        "Make it a writable folder, or choose another store folder.",
      true,
      { cause },
    );
  }
}

/** The code of a system error, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

const REFUSALS = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR", "ENAMETOOLONG", "ELOOP", "EIO"];
const DAMAGE =
  /not a valid DuckDB database|corrupt|checksum|serializ|could not read enough bytes|attempted to access invalid/i;

/** True for DuckDB's refusal to open a file that another process holds. */
export function isLocked(error: unknown): boolean {
  return (
    error instanceof Error && /could not set lock|conflicting lock|being used by another/i.test(error.message)
  );
}

/** True for DuckDB's refusal to open a file that is not there. */
export function isMissing(error: unknown): boolean {
  return (
    hasCode(error, "ENOENT") ||
    (error instanceof Error &&
      /does not exist|no such file/i.test(error.message) &&
      /IO Error/.test(error.message))
  );
}

/** A query's error as damage of `file`, or null when it is only the query's. */
export function asDamage(error: unknown, file: string): StoreUnusable | null {
  if (!(error instanceof Error) || !/^(IO|Serialization|FATAL|INTERNAL) Error/i.test(error.message))
    return null;
  return DAMAGE.test(error.message) ? StoreUnusable.damaged(file, error) : null;
}

/**
 * The error as a reason to leave the folder alone, or null when it is none. `file` is the file at hand,
 * relative to `folder`.
 */
export function asUnusable(error: unknown, folder: string, file: string): StoreUnusable | null {
  if (error instanceof StoreUnusable) return error;
  if (!(error instanceof Error)) return null;
  const { message } = error;
  if (hasCode(error, "ENOSPC", "EDQUOT") || /no space left|quota exceeded/i.test(message)) {
    return StoreUnusable.full(folder, error);
  }
  if (
    hasCode(error, ...REFUSALS) ||
    /permission denied|read-only file system|not a directory/i.test(message)
  ) {
    return StoreUnusable.refused(folder, error);
  }
  if (/version number/i.test(message)) return StoreUnusable.newer(join(folder, file));
  if (DAMAGE.test(message) || isMissing(error)) return StoreUnusable.damaged(join(folder, file), error);
  // DuckDB says "IO Error" of every failed read and write, whatever the system's words were.
  return /IO Error/.test(message) ? StoreUnusable.refused(folder, error) : null;
}
