/** The file of keys: checked when the server starts, and read again whenever it has changed. */
import { readFile, stat } from "node:fs/promises";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { RunlensError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import { ROLES } from "../caller.ts";
import type { Key } from "./keys.ts";

/** Milliseconds between two looks at the file, however many ask meanwhile. */
const LOOK_EVERY_MS = 1000;

/** The name of a caller; what an authorization server calls people cannot be taken for one. */
export const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const Entry = z
  .strictObject({
    name: z.string().regex(NAME, "letters, digits, dots, dashes and underscores are needed"),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/i, "the 64 hexadecimal digits that `runlens key new` prints are needed"),
    role: z.enum(ROLES),
    projects: z.array(z.string().min(1)).min(1).optional(),
    expires_at: z.iso.datetime({ offset: true }).optional(),
    per_minute: z.int().min(1).optional(),
  })
  .refine(({ role, projects }) => role !== "admin" || projects === undefined, {
    message: "an admin asks in SQL and sees everything: leave projects out, or choose another role",
    path: ["projects"],
  });

/** Without its last entry a list is nothing in YAML: who takes that away means that nobody is to come in. */
const KeyList = z.strictObject({ keys: z.array(Entry).nullable() });

/** An entry as it stands in the file. */
export type KeyEntry = z.input<typeof Entry>;

/** The entry as it may stand in the file. Throws `INVALID_INPUT` for one that may not. */
export function checkEntry(entry: KeyEntry): KeyEntry {
  const parsed = Entry.safeParse(entry);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RunlensError(
    "INVALID_INPUT",
    `${issue?.path.map(String).join(".") || "The key"} is not valid: ${issue?.message ?? "unreadable"}.`,
    "`runlens key new --help` says what it takes.",
  );
}

/** The entry as it is pasted below `keys:`. */
export function writtenEntry(entry: KeyEntry): string {
  return stringify([entry]).trimEnd();
}

/** Reads the file. Rejects with `CONFIG` where it cannot be read or says something that it may not. */
export async function readKeys(path: string): Promise<Key[]> {
  const written = await readYaml(path);
  const parsed = KeyList.safeParse(written ?? { keys: [] });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.map(String).join(".") || "the file";
    throw wrong(path, `${where} is not valid: ${issue?.message ?? "unreadable"}`);
  }
  const keys = (parsed.data.keys ?? []).map(toKey);
  refuseContradictions(path, keys);
  return keys;
}

async function readYaml(path: string): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (cause) {
    throw wrong(path, `the file of keys cannot be read (${codeOf(cause)})`, cause);
  }
  try {
    return parse(content);
  } catch (cause) {
    // What the parser shows of the file may have a key in it that somebody pasted there.
    const line = cause instanceof Error ? /at line \d+/.exec(cause.message)?.[0] : undefined;
    throw wrong(path, `no valid YAML${line === undefined ? "" : ` ${line}`}`);
  }
}

function toKey({ name, sha256, role, projects, expires_at, per_minute }: KeyEntry): Key {
  return {
    name,
    hash: Buffer.from(sha256, "hex"),
    role,
    projects: projects ?? null,
    perMinute: per_minute ?? null,
    expiresAt: expires_at === undefined ? null : Date.parse(expires_at),
  };
}

/** Keys of one name are one caller, with one limit and one set of rights; and one key is one caller. */
function refuseContradictions(path: string, keys: readonly Key[]): void {
  const rights = ({ role, projects, perMinute }: Key) => JSON.stringify([role, projects, perMinute]);
  for (const [index, key] of keys.entries()) {
    const before = keys.slice(0, index);
    const namesake = before.find(({ name }) => name === key.name);
    if (namesake !== undefined && rights(namesake) !== rights(key)) {
      throw wrong(path, `the keys of ${key.name} differ in role, projects or per_minute`);
    }
    if (before.some(({ hash }) => hash.equals(key.hash))) {
      throw wrong(path, `a key of ${key.name} is listed twice`);
    }
  }
}

function wrong(path: string, what: string, cause?: unknown): RunlensError {
  const next = "Correct the file; `runlens key new` prints entries for it.";
  return new RunlensError("CONFIG", `${path}: ${what}.`, next, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** The keys that are valid now. */
export class KeyFile {
  readonly #path: string;
  readonly #clock: { now(): number };
  readonly #log: Log;
  #keys: readonly Key[] = [];
  #lookedAt: number;
  #looking: Promise<void> = Promise.resolve();
  /** As the file stood when it was last read, whether or not it could be used. */
  #stamp: string;

  private constructor(path: string, context: { clock: { now(): number }; log: Log }, stamp: string) {
    this.#path = path;
    this.#clock = context.clock;
    this.#log = context.log;
    this.#lookedAt = context.clock.now();
    this.#stamp = stamp;
  }

  /** Rejects with `CONFIG` for a file that cannot be used: a server does not start without its keys. */
  static async open(path: string, context: { clock: { now(): number }; log: Log }): Promise<KeyFile> {
    const file = new KeyFile(path, context, await stampOf(path));
    file.#keys = await readKeys(path);
    return file;
  }

  async current(): Promise<readonly Key[]> {
    const now = this.#clock.now();
    // A clock that was set back must not stop the looking.
    if (Math.abs(now - this.#lookedAt) >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      this.#looking = this.#look();
    }
    await this.#looking;
    return this.#keys;
  }

  /** A file that cannot be used leaves valid what was: else a slip of the pen would lock everybody out. */
  async #look(): Promise<void> {
    const stamp = await stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#keys = await readKeys(this.#path);
      this.#log.info(`http: read ${this.#keys.length} keys from ${this.#path}`);
    } catch (error) {
      const why = error instanceof RunlensError ? error.message : String(error);
      this.#log.error(`http: the keys of before stay valid, because the file of keys is wrong: ${why}`);
    }
  }
}

/** Changes whenever the file is written or replaced. */
async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join();
  } catch {
    return "none";
  }
}
