/** What every view is made from, and the parts that several of them show. */
import { CaughtException, pythonError } from "../errors.ts";
import type { History } from "../history.ts";
import type { AssetKey, Failure, MetadataEntry, Tag, World } from "../world.ts";

/** An object as GraphQL sees it: fields by their names, methods where a field takes arguments or costs something. */
export type View = Readonly<Record<string, unknown>>;

/** One request: what it is answered from, and what went wrong meanwhile. */
export interface Serving {
  world: World;
  history: History;
  /** Epoch seconds. */
  now: number;
  /** A server of 2024. */
  isOld: boolean;
  /** Null for OSS. */
  plus: { deployment: string } | null;
  /** What happens to a page of events that is too large, and how large that is. */
  events: { max: number; beyond: "clamp" | "refuse" } | null;
  /** Exceptions that became members of the answer: with any, the status is 500. */
  caught: CaughtException[];
}

/** Makes an exception a member of the answer, as the webserver does where the union has one. */
export function captured(serving: Serving, resolve: () => unknown): unknown {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof CaughtException)) throw error;
    serving.caught.push(error);
    return pythonError(error.failure);
  }
}

export function keyView(key: AssetKey): View {
  return { __typename: "AssetKey", path: key };
}

export const tagViews = (tags: readonly Tag[]): View[] => tags.map(({ key, value }) => ({ key, value }));

export const errorView = (failure: Failure | null) => (failure === null ? null : pythonError(failure));

const MAX_INT = 2 ** 31 - 1;

export function metadataView(entry: MetadataEntry): View {
  const { label, value } = entry;
  const common = { label, description: null };
  switch (entry.type) {
    case "text":
      return { __typename: "TextMetadataEntry", ...common, text: value };
    case "markdown":
      return { __typename: "MarkdownMetadataEntry", ...common, mdStr: value };
    case "float":
      return { __typename: "FloatMetadataEntry", ...common, floatValue: value, floatRepr: String(value) };
    case "int": {
      const fits = Math.abs(entry.value) <= MAX_INT;
      return {
        __typename: "IntMetadataEntry",
        ...common,
        intValue: fits ? value : null,
        intRepr: String(value),
      };
    }
    case "bool":
      return { __typename: "BoolMetadataEntry", ...common, boolValue: value };
  }
}
