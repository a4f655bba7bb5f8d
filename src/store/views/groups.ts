/**
 * Environments that are one and the same in several sources, and the projects that are so with them. There are few
 * of them, so that they are joined here and not in SQL.
 */
import type { Look } from "./look.ts";

interface Environment {
  environment_key: number;
  project_key: number;
  /** The place of its source among all. */
  place: number;
}

/** By key, the key under which something is shown. */
type SameAs = ReadonlyMap<number, number>;

/**
 * Needs `environment_likeness`. Leaves `shared_groups` (environments that are one with others, by `group_key`, the
 * key under which they are shown) and, for what is shown under another key, `same_environments` and
 * `same_projects`. Gives the number of environments that are.
 */
export async function groupEnvironments(look: Look): Promise<number> {
  const rows = await look.rows("SELECT environment_key, project_key, place FROM placed_environments");
  const environments = rows
    .map((row) => ({
      environment_key: Number(row.environment_key),
      project_key: Number(row.project_key),
      place: Number(row.place),
    }))
    .sort((a, b) => a.place - b.place || a.environment_key - b.environment_key);
  const pairs = await look.rows(
    `SELECT environment_key, other_key FROM environment_likeness
     ORDER BY certain DESC, numbered DESC, timed DESC, environment_key, other_key`,
  );
  const firsts = joinEnvironments(
    environments,
    pairs.map((pair) => [Number(pair.environment_key), Number(pair.other_key)]),
  );
  await keepSame(look, "same_environments", "environment_key", firsts);
  await keepSame(look, "same_projects", "project_key", joinProjects(environments, firsts));
  await look.temp(
    "shared_groups",
    `SELECT e.environment_key, coalesce(s.same_as, e.environment_key) AS group_key, e.place
     FROM placed_environments e LEFT JOIN same_environments s USING (environment_key)
     WHERE group_key IN (SELECT same_as FROM same_environments)`,
  );
  return firsts.size;
}

/**
 * What is most alike is joined first, and two groups only where no source has an environment in both: so two
 * environments of one source are never made one, by whatever detour. The first source that knows an environment
 * gives it its key. `pairs` begin with the most alike.
 */
function joinEnvironments(
  environments: readonly Environment[],
  pairs: readonly (readonly [number, number])[],
): SameAs {
  const groups = new Map(environments.map((environment) => [environment.environment_key, [environment]]));
  for (const [one, other] of pairs) {
    const [left = [], right = []] = [groups.get(one), groups.get(other)];
    if (left.some((mine) => right.some((theirs) => theirs.place === mine.place))) continue;
    const joined = [...left, ...right].sort((a, b) => a.place - b.place);
    for (const member of joined) groups.set(member.environment_key, joined);
  }
  const firsts = new Map<number, number>();
  for (const [key, [first]] of groups) {
    if (first !== undefined && first.environment_key !== key) firsts.set(key, first.environment_key);
  }
  return firsts;
}

/** A project goes where most of its environments have gone; the rest of them follow it. */
function joinProjects(environments: readonly Environment[], firsts: SameAs): SameAs {
  const homes = new Map(
    environments.map((environment) => [environment.environment_key, environment.project_key]),
  );
  const votes = new Map<number, number[]>();
  for (const { environment_key, project_key } of environments) {
    const home = homes.get(firsts.get(environment_key) ?? environment_key);
    if (home !== undefined && home !== project_key)
      votes.set(project_key, [...(votes.get(project_key) ?? []), home]);
  }
  const same = new Map<number, number>();
  // In the order of the sources: where a project goes is settled before others follow it.
  for (const { project_key } of environments) {
    const chosen = mostFrequent(votes.get(project_key) ?? []);
    if (chosen !== undefined) same.set(project_key, same.get(chosen) ?? chosen);
  }
  return same;
}

/** Of several as frequent, the one that came first. */
function mostFrequent(keys: readonly number[]): number | undefined {
  const times = (key: number): number => keys.filter((other) => other === key).length;
  return [...keys].sort((a, b) => times(b) - times(a))[0];
}

async function keepSame(look: Look, table: string, key: string, same: SameAs): Promise<void> {
  const rows = [...same].map(([from, to]) => `(${from}, ${to})`).join(", ") || "(NULL, NULL)";
  await look.temp(
    table,
    `SELECT ${key}::INTEGER AS ${key}, same_as::INTEGER AS same_as FROM (VALUES ${rows}) AS s(${key}, same_as)
     WHERE ${key} IS NOT NULL`,
  );
}
