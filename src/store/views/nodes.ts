/** Nodes and definitions of environments that are one in several sources. Needs `shared_groups`. */
import type { Look } from "./look.ts";

/**
 * Leaves `defining_environments` (for each group the environment whose definitions stand for all),
 * `silent_environments` (the others), `same_nodes` and `same_definitions`.
 *
 * The definitions that were written last stand, or a model that one source has heard of would be missing because
 * another has not; of the same age, those of the earlier source. What an environment has taken over from another
 * of its project stands back. So it is with each node: as the definitions that stand have it, else as the newest
 * that had it.
 */
export async function matchNodes(look: Look): Promise<void> {
  const { catalog } = look;
  await look.temp(
    "defining_environments",
    `SELECT g.group_key, g.environment_key, e.definition_key
     FROM shared_groups g JOIN ${catalog}.environments e USING (environment_key)
     LEFT JOIN ${catalog}.definitions d ON d.definition_key = e.definition_key
     QUALIFY row_number() OVER (PARTITION BY g.group_key
       ORDER BY coalesce(d.environment_key = e.environment_key, false) DESC, d.generated_at DESC NULLS LAST, g.place) = 1`,
  );
  await look.temp(
    "silent_environments",
    `SELECT environment_key FROM shared_groups
     WHERE environment_key NOT IN (SELECT environment_key FROM defining_environments)`,
  );
  await look.temp(
    "same_nodes",
    `SELECT n.node_key, first_value(n.node_key) OVER (PARTITION BY g.group_key, n.unique_id
         ORDER BY coalesce(n.definition_key = s.definition_key AND n.environment_key = s.environment_key, false) DESC,
           d.generated_at DESC NULLS LAST, g.place) AS same_as
     FROM ${catalog}.nodes n JOIN shared_groups g USING (environment_key)
     JOIN defining_environments s ON s.group_key = g.group_key
     LEFT JOIN ${catalog}.definitions d ON d.definition_key = n.definition_key
     QUALIFY same_as <> n.node_key`,
  );
  await look.temp(
    "same_definitions",
    `SELECT d.definition_key, first_value(d.definition_key) OVER (PARTITION BY g.group_key, d.invocation_id
         ORDER BY d.generated_at DESC, g.place, d.definition_key) AS same_as
     FROM ${catalog}.definitions d JOIN shared_groups g USING (environment_key) WHERE d.invocation_id IS NOT NULL
     QUALIFY same_as <> d.definition_key`,
  );
}
