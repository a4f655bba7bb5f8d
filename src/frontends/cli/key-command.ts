/** `key new`: makes an API key for `serve`, which knows it by its hash alone. */
import { type Command, Option } from "commander";
import { RunlensError } from "../../errors.ts";
import { ROLES, type Role } from "../http/caller.ts";
import { json } from "./operation-command.ts";
import type { Session } from "./session.ts";

interface KeyOptions {
  name: string;
  role: Role;
  projects?: string[];
  expires?: string;
  perMinute?: string;
  json?: boolean;
}

const DAY_MS = 86_400_000;

/** `clock` is the machine's: a key ends by it, whatever date the data is of. */
export function addKeyCommand(program: Command, session: Session, clock: { now(): number }): void {
  const key = program.command("key").description("API keys for `serve`.");
  key
    .command("new")
    .description(
      "Print a new API key on stdout, this once, and on stderr the entry for the file of keys. Nothing is written.",
    )
    .requiredOption(
      "--name <name>",
      "Who asks with it; several keys may have one name, so that they can be rotated.",
    )
    .addOption(
      new Option(
        "--role <role>",
        "What it may do: viewer asks, operator also refreshes, admin also asks in SQL.",
      )
        .choices(ROLES)
        .default("viewer"),
    )
    .option(
      "--projects <ids>",
      "Only these projects, by id or name, separated by commas; not for an admin.",
      (ids) => ids.split(",").map((id) => id.trim()),
    )
    .option(
      "--expires <when>",
      "When it ends: a number of days such as 90d, or a date; never where it is left out.",
    )
    .option("--per-minute <number>", "How many requests a minute it may send; without it there is no limit.")
    .option("--json", "Print both as JSON on stdout.")
    .action(async (options: KeyOptions) => {
      const [{ newKey, hashOf }, { checkEntry, writtenEntry }] = await Promise.all([
        import("../http/access/keys.ts"),
        import("../http/access/key-file.ts"),
      ]);
      const secret = newKey();
      const entry = checkEntry({
        name: options.name,
        sha256: hashOf(secret).toString("hex"),
        role: options.role,
        ...(options.projects === undefined ? {} : { projects: options.projects }),
        ...(options.expires === undefined ? {} : { expires_at: expiryOf(options.expires, clock.now()) }),
        ...(options.perMinute === undefined ? {} : { per_minute: Number(options.perMinute) }),
      });
      if (options.json) return session.print(json({ key: secret, entry }));
      await session.print(secret);
      session.say(
        `Keep the key: it is not shown again. In the file of keys, below "keys:":\n\n${writtenEntry(entry)}`,
      );
    });
}

/** ISO 8601 UTC. Throws `INVALID_INPUT` for what is no time to come. */
function expiryOf(text: string, now: number): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : now + Number(days) * DAY_MS;
  if (Number.isFinite(at) && at > now) return new Date(at).toISOString();
  throw new RunlensError(
    "INVALID_INPUT",
    `--expires is "${text}".`,
    "It has to be a number of days such as 90d, or a date to come such as 2027-02-01.",
  );
}
