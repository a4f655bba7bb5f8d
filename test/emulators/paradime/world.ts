/** A workspace as the emulator serves it: schedules, their runs, the commands of these, and what they left. */

export interface Schedule {
  id: number;
  slug: string;
  name: string;
  /** A cron expression, or `OFF`. */
  cron: string;
  commands: string[];
  branch: string;
  isTurboCi: boolean;
  isSuspended: boolean;
}

/** A file that a command left; `read` gives its text when it is fetched. */
export interface Resource {
  id: number;
  path: string;
  read: () => string;
}

/** Times are epoch milliseconds, with fractions; null where it has not begun, or not ended. */
export interface Command {
  id: number;
  command: string;
  startedAt: number | null;
  endedAt: number | null;
  returnCode: number | null;
  stdout: () => string;
  stderr: string;
  resources: Resource[];
}

export interface Run {
  id: number;
  slug: string;
  state: string;
  actor: string;
  startedAt: number | null;
  endedAt: number | null;
  parentRunId: number | null;
  branch: string | null;
  commit: string | null;
  pullRequest: string | null;
  commands: Command[];
}

/** What lets callers in. A key without its capability is known, but may not ask. */
export interface Credentials {
  key: string;
  secret: string;
  workspaceToken: string;
  companyToken: string;
  workspace: string;
}

export interface World {
  schedules: Schedule[];
  /** In any order. */
  runs: Run[];
  credentials: Credentials;
}

export const CREDENTIALS: Credentials = {
  key: "KLP4S2XJ7QWZ3RTN9VBM",
  secret: "u7-Secret+of/a=workspace%9f31c6d2",
  workspaceToken: "prdm_wsp_5b7f0e2a9c4d48d1",
  companyToken: "prdm_cmp_1d9c6b3e7a5f4021",
  workspace: "wks_harbour_01",
};
