/** Connections of Discovery, which come in pages: many of them side by side in one document. */
import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";

/** The two states of an environment: what its code says, and what was built. */
export type State = "definition" | "applied";

interface Connection {
  state: State;
  name: string;
  nodes: WireObject[];
  cursor: string | null;
  hasMore: boolean;
}

/** The names of their cursors in documents. */
const PREFIXES: Readonly<Record<State, string>> = { definition: "defined", applied: "applied" };

/** The objects of a list. */
export function listOf(value: unknown): WireObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The nodes of one page. */
export function nodesOf(connection: unknown): WireObject[] {
  return listOf(objectOf(connection).edges).flatMap(({ node }) => (isObject(node) ? [node] : []));
}

/** The pages of several connections, of which each goes on until it has no more. */
export class Connections {
  readonly #all: Connection[] = [];

  /** Adds the connections of a state. */
  constructor(names: Partial<Record<State, readonly string[]>>) {
    for (const state of ["definition", "applied"] as const) {
      for (const name of names[state] ?? []) {
        this.#all.push({ state, name, nodes: [], cursor: null, hasMore: true });
      }
    }
  }

  get hasMore(): boolean {
    return this.#all.some((connection) => connection.hasMore);
  }

  /** What the next request is to say: where each goes on, and which need not be asked again. */
  get variables(): Record<string, string | boolean | null> {
    return Object.fromEntries(
      this.#all.flatMap(({ state, name, cursor, hasMore }) => [
        [`${PREFIXES[state]}_${name}`, cursor],
        [`with_${PREFIXES[state]}_${name}`, hasMore],
      ]),
    );
  }

  /** Adds the next page of each; one that was not asked for has none. */
  take(environment: WireObject): void {
    for (const connection of this.#all) {
      const page = objectOf(objectOf(environment[connection.state])[connection.name]);
      for (const node of nodesOf(page)) connection.nodes.push(node);
      const { endCursor, hasNextPage } = objectOf(page.pageInfo);
      const cursor = textOf(endCursor);
      // A cursor that does not move would go on for ever.
      connection.hasMore = hasNextPage === true && cursor !== null && cursor !== connection.cursor;
      connection.cursor = cursor;
    }
  }

  /** The nodes of a connection, each once: what changed between two pages may be in both. */
  of(state: State, name: string): WireObject[] {
    const nodes = this.#all.find((one) => one.state === state && one.name === name)?.nodes ?? [];
    return [...new Map(nodes.map((node) => [node.uniqueId, node])).values()];
  }
}
