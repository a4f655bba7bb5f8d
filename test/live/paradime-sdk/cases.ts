/** The cases of docs/paradime-sdk.md: each is a test, and the table has a row for each. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../places.ts";
import type { Bench } from "../processes.ts";
import { openWorkspace, type Schedules, type Workspace } from "./workspace.ts";

const PAGE = join(ROOT, "docs/paradime-sdk.md");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/** Registers a test under the name by which the table knows it. */
export type Case = (
  name: string,
  schedules: Schedules,
  check: (workspace: Workspace) => Promise<void>,
) => void;

export interface Cases {
  shows: Case;
  /** Registers the test that holds the cases against the table; comes last. */
  checkTable(): void;
  /** Closes the workspaces. */
  close(): Promise<void>;
}

/** Cases that are told apart by their names; those with the same schedules share a workspace. */
export function openCases(bench: Bench): Cases {
  const names: string[] = [];
  const workspaces = new Map<Schedules, Promise<Workspace>>();
  const workspaceOf = (schedules: Schedules): Promise<Workspace> => {
    const opened = workspaces.get(schedules) ?? openWorkspace(bench, schedules);
    workspaces.set(schedules, opened);
    return opened;
  };
  return {
    shows(name, schedules, check) {
      names.push(name);
      test(name, async () => check(await workspaceOf(schedules)));
    },
    async close() {
      for (const workspace of workspaces.values()) await (await workspace).close();
    },
    checkTable() {
      test("the table in the docs has these cases, and the version that is asked here", () => {
        const [head = [], , ...rows] = tableOf(readFileSync(PAGE, "utf8"));
        const version = /^paradime-io==(\S+)$/m.exec(readFileSync(REQUIREMENTS, "utf8"))?.[1];
        expect(head[1]).toBe(`paradime-io ${version}`);
        expect(rows.map((row) => row.at(-1)).sort()).toEqual(names.map((name) => `\`${name}\``).sort());
      });
    },
  };
}

/** Cells of the first table of a page, line by line. */
function tableOf(page: string): string[][] {
  const lines = page.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}
