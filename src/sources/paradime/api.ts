/** Questions to a workspace. Many of one kind are asked in one request, each under an alias of its own. */
import { GraphqlApi } from "../wire/graphql.ts";
import { isObject, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import type { Transport } from "../wire/transport.ts";
import {
  COMMANDS,
  documentOf,
  LOG_DOCUMENT,
  PROBE_DOCUMENT,
  type Question,
  RESOURCES,
  RUNS,
  SCHEDULES_DOCUMENT,
  SCHEDULES_PAGE,
  URLS,
} from "./documents.ts";
import { PartError, unreadable } from "./failures.ts";
import {
  objectsOf,
  type PrintedCommand,
  printedCommand,
  type WireCommand,
  type WireResource,
  type WireRun,
  type WireSchedule,
  wireCommand,
  wireResource,
  wireRun,
  wireSchedule,
} from "./wire.ts";

/** Questions of one request. */
const AT_ONCE = 20;
/** A list of schedules longer than this has no end. */
const MOST_PAGES = 200;

/** A page of the runs of a schedule, newest first. */
export interface RunsPage {
  runs: WireRun[];
  /** Rows that the page took up in the list; `runs` is shorter where some could not be read. */
  returned: number;
}

type Variables = Readonly<Record<string, string | number>>;

export class BoltApi {
  readonly #graphql: GraphqlApi;

  constructor(transport: Transport, endpoint: string) {
    this.#graphql = new GraphqlApi(transport, endpoint);
  }

  /** All active schedules; `dropped` counts those that could not be read. */
  async schedules(signal: AbortSignal): Promise<{ schedules: WireSchedule[]; dropped: number }> {
    const found = new Map<string, WireSchedule>();
    let dropped = 0;
    for (let page = 0, seen = 0; page < MOST_PAGES; page++) {
      const { rows, total } = await this.#schedules(seen, signal);
      const before = found.size;
      for (const row of rows) {
        const schedule = wireSchedule(row);
        if (schedule === null) dropped++;
        // One that was made meanwhile has moved the others: some come twice.
        else found.set(schedule.slug, schedule);
      }
      seen += rows.length;
      const isWhole = total === null ? rows.length < SCHEDULES_PAGE : seen >= total;
      if (isWhole || rows.length === 0 || (found.size === before && dropped === 0)) break;
    }
    return { schedules: [...found.values()], dropped };
  }

  async #schedules(
    offset: number,
    signal: AbortSignal,
  ): Promise<{ rows: WireObject[]; total: number | null }> {
    const { data } = await this.#graphql.query(SCHEDULES_DOCUMENT, { offset, limit: SCHEDULES_PAGE }, signal);
    const list = objectOf(data.listBoltSchedules);
    if (!Array.isArray(list.schedules)) throw unreadable("no list of schedules");
    const total = numberOf(list.totalCount);
    return { rows: objectsOf(list.schedules), total: Number.isNaN(total) ? null : total };
  }

  /** How many schedules there are, null where the answer does not say. */
  async probe(signal: AbortSignal): Promise<number | null> {
    const { data } = await this.#graphql.query(PROBE_DOCUMENT, {}, signal);
    const total = numberOf(objectOf(data.listBoltSchedules).totalCount);
    return Number.isNaN(total) ? null : total;
  }

  /** A page of runs of each schedule; null for one that is not there any more. */
  runs(
    asked: readonly { slug: string; offset: number; limit: number }[],
    signal: AbortSignal,
  ): Promise<(RunsPage | null)[]> {
    const variables = asked.map(({ slug, offset, limit }) => ({ slug, offset, limit }));
    return this.#many(RUNS, variables, signal, (found) => {
      const rows = objectsOf(found.runs);
      return { runs: rows.flatMap((row) => wireRun(row) ?? []), returned: rows.length };
    });
  }

  /** The commands of each run, in the order in which they ran; null for a run that is not there any more. */
  commands(runIds: readonly string[], signal: AbortSignal): Promise<(WireCommand[] | null)[]> {
    const variables = runIds.map((id) => ({ runId: Number(id) }));
    return this.#many(COMMANDS, variables, signal, (found) =>
      inOrder(objectsOf(found.commands).flatMap((row) => wireCommand(row) ?? [])),
    );
  }

  /** The files that each command left, whatever its exit code; null for a command that is not there any more. */
  resources(commandIds: readonly string[], signal: AbortSignal): Promise<(WireResource[] | null)[]> {
    const variables = commandIds.map((id) => ({ commandId: Number(id) }));
    return this.#many(RESOURCES, variables, signal, (found) =>
      objectsOf(found.resources).flatMap((row) => wireResource(row) ?? []),
    );
  }

  /** Signed addresses of files, which are secrets; null for a file that is not there any more. */
  urls(resourceIds: readonly string[], signal: AbortSignal): Promise<(string | null)[]> {
    const variables = resourceIds.map((id) => ({ resourceId: Number(id) }));
    return this.#many(URLS, variables, signal, (found) => textOf(found.url));
  }

  /** The commands of a run with what they printed. Rejects with `NOT_FOUND` where there is no such run. */
  async printed(runId: string, signal: AbortSignal): Promise<PrintedCommand[]> {
    const { data } = await this.#graphql.query(LOG_DOCUMENT, { runId: Number(runId) }, signal);
    const commands = objectsOf(objectOf(data.boltRunStatus).commands);
    return inOrder(commands.flatMap((row) => printedCommand(row) ?? []));
  }

  async #many<T>(
    question: Question,
    variables: readonly Variables[],
    signal: AbortSignal,
    read: (found: WireObject) => T,
  ): Promise<(T | null)[]> {
    const parts = Array.from({ length: Math.ceil(variables.length / AT_ONCE) }, (_, index) =>
      variables.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
    );
    const found = await Promise.all(parts.map((part) => this.#together(question, part, signal)));
    return found.flat().map((answer) => (answer === null ? null : read(answer)));
  }

  /** One request for all; what it has no answer to is asked alone, which tells what is wrong with it. */
  async #together(
    question: Question,
    variables: readonly Variables[],
    signal: AbortSignal,
  ): Promise<(WireObject | null)[]> {
    if (variables.length === 1) return [await this.#alone(question, variables[0] ?? {}, signal)];
    const answers = await this.#ask(question, variables, signal).catch((error: unknown) => {
      if (error instanceof PartError) return variables.map(() => null);
      throw error;
    });
    const whole: (WireObject | null)[] = [];
    for (const [index, answer] of answers.entries()) {
      whole.push(answer ?? (await this.#alone(question, variables[index] ?? {}, signal)));
    }
    return whole;
  }

  /** Null where there is no such thing. */
  async #alone(question: Question, variables: Variables, signal: AbortSignal): Promise<WireObject | null> {
    try {
      const [answer] = await this.#ask(question, [variables], signal);
      return answer ?? null;
    } catch (error) {
      if (error instanceof PartError && error.code === "NOT_FOUND") return null;
      throw error;
    }
  }

  async #ask(
    question: Question,
    variables: readonly Variables[],
    signal: AbortSignal,
  ): Promise<(WireObject | null)[]> {
    const numbered = variables.flatMap((given, index) =>
      Object.entries(given).map(([name, value]) => [`${name}${index}`, value] as const),
    );
    const document = documentOf(question, variables.length);
    const { data } = await this.#graphql.query(document, Object.fromEntries(numbered), signal);
    return variables.map((_, index) => {
      const answer = data[`a${index}`];
      return isObject(answer) ? answer : null;
    });
  }
}

/** Ids ascend in the order in which commands run. */
function inOrder<C extends WireCommand>(commands: readonly C[]): C[] {
  return commands.toSorted((one, other) => Number(one.command_id) - Number(other.command_id));
}
