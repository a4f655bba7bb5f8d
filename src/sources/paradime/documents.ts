/** The GraphQL that is asked. Every field stands in the vendor's own client, so that every workspace has it. */

/** Schedules of one page. */
export const SCHEDULES_PAGE = 100;

export const SCHEDULES_DOCUMENT = `query Schedules($offset: Int!, $limit: Int!) {
  listBoltSchedules(offset: $offset, limit: $limit, showInactive: false) {
    schedules {
      name slug schedule owner lastRunAt lastRunState suspended commands gitBranch
      turboCi { enabled }
    }
    totalCount
  }
}`;

export const PROBE_DOCUMENT = `query Probe {
  listBoltSchedules(offset: 0, limit: 1, showInactive: false) { schedules { slug } totalCount }
}`;

export const LOG_DOCUMENT = `query RunLog($runId: Int!) {
  boltRunStatus(runId: $runId) {
    state
    commands { id command startDttm endDttm stdout stderr returnCode }
  }
}`;

/** A question that is asked for many things at once, each under an alias of its own. */
export interface Question {
  name: string;
  field: string;
  /** Its arguments with their types. */
  args: Readonly<Record<string, string>>;
  selection: string;
}

export const RUNS: Question = {
  name: "Runs",
  field: "listBoltRuns",
  args: { slug: "String", offset: "Int!", limit: "Int!" },
  selection: `runs {
    id state actor startDttm endDttm parentScheduleRunId
    gitInfo { branch commitHash pullRequestId }
  }`,
};

/** Without what the commands printed, which may be large. */
export const COMMANDS: Question = {
  name: "Commands",
  field: "boltRunStatus",
  args: { runId: "Int!" },
  selection: "state commands { id command startDttm endDttm returnCode }",
};

export const RESOURCES: Question = {
  name: "Resources",
  field: "boltCommand",
  args: { commandId: "Int!" },
  selection: "resources { id path }",
};

export const URLS: Question = {
  name: "ResourceUrls",
  field: "boltResourceUrl",
  args: { resourceId: "Int!" },
  selection: "ok url",
};

/** The document of so many questions: `a0` to `a<count - 1>`, each with variables of its own number. */
export function documentOf({ name, field, args, selection }: Question, count: number): string {
  const each = Array.from({ length: count }, (_, index) => index);
  const declared = each.flatMap((index) =>
    Object.entries(args).map(([arg, type]) => `$${arg}${index}: ${type}`),
  );
  const asked = each.map((index) => {
    const given = Object.keys(args).map((arg) => `${arg}: $${arg}${index}`);
    return `a${index}: ${field}(${given.join(", ")}) { ${selection} }`;
  });
  return `query ${name}(${declared.join(", ")}) {\n${asked.join("\n")}\n}`;
}
