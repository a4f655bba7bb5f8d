/** Which events of a run are asked for. */
import { RunlensError } from "../errors.ts";
import { parseTypes } from "./event-types.ts";
import { EVENT_LEVELS, type EventLevel } from "./vocabulary.ts";

export interface EventFilter {
  /** Any of these; each may itself be a list separated by commas, as the list of types is closed. */
  eventType?: readonly string[];
  /** Text in the step's key, in any case. */
  stepKey?: string;
  /** That level and above. */
  level?: EventLevel;
  /** That level alone. */
  exactLevel?: boolean;
}

/** The filter as it is applied; null where anything will do. */
export interface ParsedFilter {
  types: readonly string[] | null;
  levels: readonly EventLevel[] | null;
  /** In lower case. */
  step: string | null;
}

/** `INVALID_INPUT` for an unknown type, or for an exact level that is not named. */
export function parseFilter({ eventType, stepKey, level, exactLevel = false }: EventFilter): ParsedFilter {
  if (exactLevel && level === undefined) {
    throw new RunlensError(
      "INVALID_INPUT",
      "exact_level says that only one level is meant, and none is named.",
      `Give level as one of ${EVENT_LEVELS.join(", ")}, or leave exact_level out.`,
    );
  }
  return {
    types: eventType === undefined ? null : parseTypes(eventType),
    levels: level === undefined ? null : exactLevel ? [level] : levelsFrom(level),
    step: stepKey?.toLowerCase() ?? null,
  };
}

function levelsFrom(level: EventLevel): readonly EventLevel[] {
  return EVENT_LEVELS.slice(EVENT_LEVELS.indexOf(level));
}
