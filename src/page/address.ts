/** What is looked at, as it stands behind the `#` of the page's address: a view can be kept and sent to others. */

export const DAYS = [7, 14, 30, 90] as const;
export type Days = (typeof DAYS)[number];

/** Steps of lineage that can be chosen; null is without limit. */
export const DEPTHS = [1, 2, 3, 5, null] as const;
export type Depth = (typeof DEPTHS)[number];

/** A model or a job, as the API takes it. `project` is told of jobs alone: a model's id has its project in it. */
export interface Subject {
  kind: "model" | "job";
  id: string;
  project: string | null;
}

export interface Address {
  /** Id of the one project to keep to; null is all of them. */
  project: string | null;
  /** Id or name of an environment; null is production. */
  environment: string | null;
  /** Null is the slowest model. */
  subject: Subject | null;
  days: Days;
  by: "day" | "run";
  depth: Depth;
}

export const HOME: Address = {
  project: null,
  environment: null,
  subject: null,
  days: 30,
  by: "day",
  depth: 3,
};

/** Reads the part behind the `#`; what it does not know, or what is no choice of the page, is as at the beginning. */
export function readAddress(hash: string): Address {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const word = (name: string) => given.get(name) || null;
  const [model, job] = [word("model"), word("job")];
  const depth = word("depth");
  return {
    project: word("project"),
    environment: word("environment"),
    subject:
      model !== null
        ? { kind: "model", id: model, project: null }
        : job !== null
          ? { kind: "job", id: job, project: word("job_project") }
          : null,
    days: DAYS.find((days) => String(days) === word("days")) ?? HOME.days,
    by: word("by") === "run" ? "run" : HOME.by,
    depth: DEPTHS.find((one) => depthWord(one) === depth) ?? (depth === "all" ? null : HOME.depth),
  };
}

/** The part of an address behind and with the `#`; what is as at the beginning is left out. */
export function writeAddress({ project, environment, subject, days, by, depth }: Address): string {
  const told = new URLSearchParams();
  if (project !== null) told.set("project", project);
  if (environment !== null) told.set("environment", environment);
  if (subject !== null) {
    told.set(subject.kind, subject.id);
    if (subject.kind === "job" && subject.project !== null) told.set("job_project", subject.project);
  }
  if (days !== HOME.days) told.set("days", String(days));
  if (by !== HOME.by) told.set("by", by);
  if (depth !== HOME.depth) told.set("depth", depthWord(depth));
  return `#${told}`;
}

export function depthWord(depth: Depth): string {
  return depth === null ? "all" : String(depth);
}
