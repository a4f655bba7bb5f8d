/** All that may be asked about in SQL, in the order in which it is documented. */
import type { Reading } from "../views/tables.ts";
import { PARADIME_VIEWS } from "./paradime-views.ts";
import type { Relation } from "./relation.ts";
import { SHOWN_TABLES, tableRelation } from "./tables.ts";
import { VIEWS } from "./views.ts";

/** Every relation, each after those that it is made of. */
export function relationsOf(reading: Reading, projectKeys: readonly number[] | null): Relation[] {
  // Nodes and environments first: where projects are chosen, the other tables are narrowed by them.
  const rank = ({ name }: { name: string }): number => (["nodes", "environments"].includes(name) ? 0 : 1);
  const tables = [...SHOWN_TABLES].sort((a, b) => rank(a) - rank(b));
  return [...tables.map((table) => tableRelation(table, reading, projectKeys)), ...VIEWS, ...PARADIME_VIEWS];
}
