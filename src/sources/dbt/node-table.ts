/** The nodes of a manifest as columns, row by row as they are read: all of them as objects would take ten times as much. */
import type { EdgeColumns, NodeColumns } from "../../store/units.ts";
import { edgeColumns, nodeColumns, type Words } from "../visit/columns.ts";
import type { ManifestNode } from "./manifest-nodes.ts";

export class NodeTable {
  readonly #words: Words;
  readonly #nodes;
  readonly #edges;
  /** The row of the child of each edge. */
  readonly #children: number[] = [];
  /** Rows by the member of the manifest and the word that names the entry in it. */
  readonly #rows = new Map<string, Map<number, number>>();
  readonly #replaced = new Set<number>();
  /** Rows whose owner is that of their group, which may stand behind them. */
  readonly #grouped: { row: number; group: string }[] = [];

  constructor(words: Words) {
    this.#words = words;
    this.#nodes = nodeColumns(words);
    this.#edges = edgeColumns(words);
  }

  /** Of a member that occurs twice the later counts. */
  forget(member: string): void {
    for (const row of this.#rows.get(member)?.values() ?? []) this.#replaced.add(row);
    this.#rows.delete(member);
  }

  /** Takes an entry of a member; of two with one name the later counts. */
  add(member: string, name: string, { row, parents, group }: ManifestNode): void {
    const rows = this.#rows.get(member) ?? new Map<number, number>();
    this.#rows.set(member, rows);
    const word = this.#words.of(name);
    const before = rows.get(word);
    if (before !== undefined) this.#replaced.add(before);
    const at = this.#nodes.length;
    rows.set(word, at);
    this.#nodes.add(row);
    if (row.owner === null && group !== null) this.#grouped.push({ row: at, group });
    for (const parent of parents) {
      this.#edges.add({ parent, child: row.unique_id });
      this.#children.push(at);
    }
  }

  /** `owners` by the names of their groups. */
  finish(owners: ReadonlyMap<string, string>): { nodes: NodeColumns; edges: EdgeColumns } {
    for (const { row, group } of this.#grouped) {
      this.#nodes.setText(row, "owner", owners.get(group) ?? null);
    }
    if (this.#replaced.size === 0) return { nodes: this.#nodes.finish(), edges: this.#edges.finish() };
    const isKept = (row: number): boolean => !this.#replaced.has(row);
    return {
      nodes: this.#nodes.finish(isKept),
      edges: this.#edges.finish((edge) => isKept(this.#children[edge] ?? -1)),
    };
  }
}
