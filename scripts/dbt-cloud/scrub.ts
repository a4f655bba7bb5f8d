/**
 * Takes everything that belongs to an account out of what its APIs say. A text stays only where its field holds words
 * of the platform or of dbt, or where it is a time; all else is replaced: ids and names by stand-ins, free text,
 * logs and SQL by how long they were.
 */
import { Pseudonyms } from "./pseudonyms.ts";

/** One JSON value. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Fields whose words are the platform's or dbt's. */
const WORDS = new Set(
  `status status_humanized state type deployment_type job_type cause_category lastRunStatus freshnessStatus testType
   materializedType resourceType severity access language period operation which code __typename dbt_schema_version
   dbt_version adapterType maturity schemaVersion status_code order_by include_related`.split(/\s+/),
);
/** Fields that people write, of which nothing is kept. */
const FREE = new Set(
  `description sourceDescription error message user_message developer_message status_message lastRunError logs
   debug_logs truncated_debug_logs rawCode compiledCode rawSql compiledSql compiled_code relation_name cause cron
   label meta env vars adapter_response`.split(/\s+/),
);
const TIME = /^\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/;
const WORD = /^[A-Za-z0-9 _.:/-]{1,40}$/;
const DURATION = /^\d+:\d\d(:\d\d)?$/;
const NODE = /^(model|test|unit_test|seed|snapshot|source|exposure|macro|analysis|operation)\./;
const COMMAND = /(^|`)dbtf? [^`]*/;
/** Words of commands that name nothing of an account. */
const VERB =
  /^(dbtf?|build|run|test|seed|snapshot|retry|docs|generate|source|freshness|compile|deps|--?[a-z-]+)$/;
/** Names of the platform's own steps. */
const STEP =
  /^(Clone git repository|Create profile from connection .*|Invoke dbt with|Generate docs|Source freshness)/i;
const ID_KEY = /(^|_)(id|pk|ids)$|[a-z](Id|Ids)$|^(id|job|run|environment)$|^[eu]\d+$|__in$/;
/** What is left out of a field of free text is told by its length alone. */
const gone = (text: string) => (text === "" ? "" : `(${text.length} characters)`);

/** Collects first, and scrubs afterwards: `collect` must have seen everything that `scrub` is given. */
export class Scrubber {
  readonly #ids = new Pseudonyms("", 9);
  readonly #names = new Pseudonyms("n", 5);
  #isCollecting = true;

  collect(value: unknown): void {
    this.#isCollecting = true;
    this.#value("", value as Json);
    this.#isCollecting = false;
  }

  collectPath(path: string): void {
    this.#isCollecting = true;
    this.path(path);
    this.#isCollecting = false;
  }

  scrub<T>(value: T): T {
    // What goes in comes out in the same shape: only leaves are replaced.
    return this.#value("", value as Json) as T;
  }

  #value(key: string, value: Json): Json {
    if (Array.isArray(value)) return value.map((one) => this.#value(key, one));
    if (value !== null && typeof value === "object") return this.#object(key, value);
    if (typeof value === "string") return this.#text(key, value);
    if (typeof value === "number" && isId(key, value)) return Number(this.#id(String(value)));
    return value;
  }

  #object(key: string, value: { [key: string]: Json }): Json {
    if (FREE.has(key)) return {};
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        NODE.test(name) ? this.#node(name) : name,
        this.#value(name, one),
      ]),
    );
  }

  #text(key: string, text: string): string {
    if (text === "" || TIME.test(text) || DURATION.test(text)) return text;
    if (FREE.has(key)) return gone(text);
    if (WORDS.has(key) && WORD.test(text)) return text;
    if (/^\d+$/.test(text)) return isId(key, Number(text)) ? this.#id(text) : text;
    if (/^[[{]/.test(text)) return this.#json(text);
    if (NODE.test(text)) return this.#node(text);
    if (COMMAND.test(text)) return this.#command(text);
    if (key === "name" && STEP.test(text)) return text.replace(/(connection ).*$/, "$1of the account");
    if (/^https?:\/\//.test(text)) return this.#address(text);
    return this.#name(text);
  }

  #json(text: string): string {
    try {
      return JSON.stringify(this.#value("", JSON.parse(text)));
    } catch {
      return this.#name(text);
    }
  }

  #node(text: string): string {
    const [type = "", ...parts] = text.split(".");
    return [type, ...parts.map((part) => this.#name(part))].join(".");
  }

  #command(text: string): string {
    return text.replace(COMMAND, (command) =>
      command.replace(/[^\s`]+/g, (word) => (VERB.test(word) ? word : this.#name(word))),
    );
  }

  #address(text: string): string {
    const { pathname } = new URL(text);
    return `https://dbt.example${this.path(pathname)}`;
  }

  /** The path of a request, whose long numbers are ids. */
  path(path: string): string {
    return path.replace(/\d{3,}/g, (number) => this.#id(number));
  }

  #id(id: string): string {
    if (!this.#isCollecting) return this.#ids.of(id);
    this.#ids.add(id);
    return id;
  }

  #name(name: string): string {
    if (!this.#isCollecting) return this.#names.of(name);
    this.#names.add(name);
    return name;
  }
}

/** Small numbers are counts, versions and statuses, whatever the field is called. */
function isId(key: string, value: number): boolean {
  return ID_KEY.test(key) && Number.isInteger(value) && value >= 100;
}
