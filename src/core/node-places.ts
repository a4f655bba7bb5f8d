/** Where nodes belong. */
import sql from "sql-template-tag";
import type { Row } from "../store/port.ts";
import { amongKeys, type Facts } from "./facts.ts";

export interface NodePlace {
  project_id: string;
  environment: string;
}

/** Project and environment of these nodes, by key. */
export async function placesOf(facts: Facts, keys: readonly number[]): Promise<(key: number) => NodePlace> {
  const rows = await facts.rows<Row & NodePlace & { node_key: number }>(sql`
    SELECT n.node_key, p.project_id, e.name AS environment
    FROM nodes n JOIN projects p ON p.project_key = n.project_key JOIN environments e USING (environment_key)
    WHERE ${amongKeys("n.node_key", keys)}`);
  const places = new Map(rows.map(({ node_key, ...place }) => [node_key, place]));
  return (key) => {
    const place = places.get(key);
    if (place === undefined) throw new Error(`node ${key} vanished from its snapshot`);
    return place;
  };
}
