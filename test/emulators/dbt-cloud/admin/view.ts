/** The part of a world that a token may see, at one time. */
import type { Account, Environment, Job, Project, Run, Token, World } from "../world.ts";

export interface View {
  account: Account;
  accountId: number;
  /** Since when the account is there; all times are epoch milliseconds. */
  since: number;
  now: number;
  /** Where the web pages are that `href` leads to. */
  appUrl: string;
  projects: readonly Project[];
  environments: readonly Environment[];
  jobs: readonly Job[];
  runs: readonly Run[];
}

export function viewOf(world: World, { projectIds }: Token, now: number, appUrl: string): View {
  const sees = (projectId: number) => projectIds === null || projectIds.includes(projectId);
  const mine = <T extends { projectId: number }>(rows: readonly T[]) =>
    projectIds === null ? rows : rows.filter((row) => sees(row.projectId));
  return {
    account: world.account,
    accountId: world.account.id,
    since: Math.min(now, ...world.projects.map((project) => project.createdAt)),
    now,
    appUrl,
    projects: world.projects.filter((project) => sees(project.id)),
    environments: mine(world.environments),
    jobs: mine(world.jobs),
    runs: mine(world.runs),
  };
}
