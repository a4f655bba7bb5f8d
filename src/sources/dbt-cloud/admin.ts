/** The Admin API (v2 and v3): projects, environments, jobs, runs, and the artifacts of runs. It only reads. */
import * as z from "zod";
import { WireError } from "../wire/failure.ts";
import { toFile } from "../wire/to-file.ts";
import { type Answer, jsonOf, type Transport } from "../wire/transport.ts";
import { allPages, PAGE_ROWS, type Page } from "./pages.ts";
import { CloudEnvironment, CloudJob, CloudProject, CloudRun, Envelope, parsed } from "./wire.ts";

export type { Page } from "./pages.ts";

/** What a list of runs is narrowed to; times are ISO 8601. */
export interface RunsQuery {
  offset: number;
  /** At most 100. */
  limit: number;
  /** The default of the API is the oldest first. */
  order_by: "id" | "-id" | "created_at" | "-created_at" | "finished_at" | "-finished_at";
  job_definition_id?: string;
  project_id?: string;
  environment_id?: string;
  status?: number;
  status__in?: readonly number[];
  /** Ids of runs. */
  pk__in?: readonly string[];
  id__gt?: string;
  created_at__range?: readonly [from: string, to: string];
  finished_at__range?: readonly [from: string, to: string];
}

type Query = Readonly<Record<string, string | number | readonly (string | number)[] | undefined>>;
type Version = "v2" | "v3";

export class AdminApi {
  readonly #transport: Transport;
  readonly #account: string;

  /** `base` is the host's address without a slash at its end. */
  constructor(transport: Transport, base: string, accountId: string) {
    this.#transport = transport;
    this.#account = `${base}/api/{version}/accounts/${encodeURIComponent(accountId)}/`;
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.#transport.requests;
  }

  /** All projects with their environments, where the answer includes them. */
  projects(signal: AbortSignal): Promise<Page<CloudProject>> {
    return this.#all("v3", "projects/", { include_related: related("environments") }, CloudProject, signal);
  }

  /** All environments of all projects. */
  environments(signal: AbortSignal): Promise<Page<CloudEnvironment>> {
    return this.#all("v3", "environments/", {}, CloudEnvironment, signal);
  }

  /** All jobs that are there, each with its newest runs. */
  jobs(signal: AbortSignal): Promise<Page<CloudJob>> {
    const query = {
      state: "active",
      include_related: related("most_recent_run", "most_recent_completed_run"),
    };
    return this.#all("v2", "jobs/", query, CloudJob, signal);
  }

  /** One page of runs, each with what triggered it. */
  runs(query: RunsQuery, signal: AbortSignal): Promise<Page<CloudRun>> {
    return this.#page("v2", "runs/", { ...query, include_related: related("trigger") }, CloudRun, signal);
  }

  /** One run. `steps` brings its steps with their log, `debugLogs` the debug log too. Rejects with `NOT_FOUND`. */
  async run(
    id: string,
    { steps = false, debugLogs = false }: { steps?: boolean; debugLogs?: boolean },
    signal: AbortSignal,
  ): Promise<CloudRun> {
    const parts = ["trigger", ...(steps ? ["run_steps"] : []), ...(debugLogs ? ["debug_logs"] : [])];
    const query = { include_related: related(...parts) };
    const { data } = await this.#get("v2", `runs/${encodeURIComponent(id)}/`, query, signal);
    const [run] = parsed(CloudRun, data);
    if (run === undefined) throw this.#transport.failure({ kind: "unreadable", what: "no run" });
    return run;
  }

  /** Paths of all artifacts of a run; none where it saved none. Rejects with `NOT_FOUND` for an unknown run. */
  async artifactPaths(runId: string, signal: AbortSignal): Promise<string[]> {
    const { data } = await this.#get("v2", `runs/${encodeURIComponent(runId)}/artifacts/`, {}, signal);
    const paths = z.array(z.unknown()).nullish().safeParse(data);
    if (!paths.success) throw this.#transport.failure({ kind: "unreadable", what: "no list of artifacts" });
    return (paths.data ?? []).filter((path) => typeof path === "string");
  }

  /**
   * The text of an artifact; null where there is none. `step` is the index of a step of the run, which counts from 1;
   * without it the platform takes the last one, often `docs generate`.
   */
  async artifact(
    runId: string,
    path: string,
    step: number | null,
    signal: AbortSignal,
  ): Promise<string | null> {
    const url = this.#artifactUrl(runId, path, step);
    const answer = await orMissing(this.#transport.send(url, { headers: { accept: "*/*" } }, signal));
    if (answer === null) return null;
    this.#refusePage(answer.contentType, path);
    return new TextDecoder().decode(answer.body);
  }

  /** Writes an artifact to `file`, for its owner alone and however large; false where there is none. */
  async artifactToFile(
    runId: string,
    path: string,
    step: number | null,
    file: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const url = this.#artifactUrl(runId, path, step);
    const write = toFile(file, {
      what: "A file of dbt Cloud",
      tooLarge: (megabytes) => this.#transport.failure({ kind: "too large", megabytes }),
    });
    const written = this.#transport.read(
      url,
      { headers: { accept: "*/*" } },
      async (response, alive) => {
        this.#refusePage(response.headers.get("content-type") ?? "", path);
        await write(response, alive);
        return true;
      },
      signal,
    );
    return (await orMissing(written)) ?? false;
  }

  #artifactUrl(runId: string, path: string, step: number | null): string {
    const parts = path.split("/").map(encodeURIComponent).join("/");
    const query = step === null ? {} : { step };
    return this.#url("v2", `runs/${encodeURIComponent(runId)}/artifacts/${parts}`, query);
  }

  /** A wrong host answers every path with its page; only an artifact that is one may be one. */
  #refusePage(contentType: string, path: string): void {
    if (/html/i.test(contentType) && !/\.html?$/i.test(path)) throw this.#transport.failure({ kind: "html" });
  }

  #all<S extends z.ZodType<{ id: string }>>(
    version: Version,
    path: string,
    query: Query,
    schema: S,
    signal: AbortSignal,
  ): Promise<Page<z.output<S>>> {
    return allPages((offset) =>
      this.#page(version, path, { ...query, order_by: "id", limit: PAGE_ROWS, offset }, schema, signal),
    );
  }

  async #page<S extends z.ZodType>(
    version: Version,
    path: string,
    query: Query,
    schema: S,
    signal: AbortSignal,
  ): Promise<Page<z.output<S>>> {
    const { data, extra } = await this.#get(version, path, query, signal);
    if (!Array.isArray(data)) throw this.#transport.failure({ kind: "unreadable", what: "no list" });
    const rows = data.flatMap((row) => parsed(schema, row));
    return { rows, dropped: data.length - rows.length, total: extra?.pagination?.total_count ?? null };
  }

  async #get(version: Version, path: string, query: Query, signal: AbortSignal): Promise<Envelope> {
    const request = { headers: { accept: "application/json" } };
    const answer = await this.#transport.send(this.#url(version, path, query), request, signal);
    const envelope = Envelope.safeParse(jsonOf(this.#transport, answer));
    if (!envelope.success) throw this.#transport.failure({ kind: "unreadable", what: "no envelope" });
    const code = envelope.data.status?.code ?? answer.status;
    if (code >= 400) throw this.#refusal(code, answer);
    if (envelope.data.data === undefined) {
      throw this.#transport.failure({ kind: "unreadable", what: "an envelope without data" });
    }
    return envelope.data;
  }

  /** A refusal whose status only the envelope tells. */
  #refusal(status: number, answer: Answer): WireError {
    const body = new TextDecoder().decode(answer.body);
    return this.#transport.failure({ kind: "status", status, body, until: null, retryAfterMs: null });
  }

  #url(version: Version, path: string, query: Query): string {
    const url = new URL(this.#account.replace("{version}", version) + path);
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue;
      url.searchParams.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
    }
    return url.href;
  }
}

/** Of the spellings in use the one that the API is said to expect. */
function related(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** Null for what is not there. */
async function orMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof WireError && error.code === "NOT_FOUND") return null;
    throw error;
  }
}
