import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createAdmin, lacksSlash } from "./admin.ts";
import { artifactsWorld } from "./artifacts.ts";
import { EXTRAS, TIMED_OUT } from "./extras.ts";
import type { Token } from "./world.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const world = artifactsWorld(join(import.meta.dirname, "../../../demo/artifacts"), {
  extras: true,
  now: NOW,
});
const admin = createAdmin(world, { now: () => NOW });
const [full, , discoveryOnly, oneProject] = world.tokens as [Token, Token, Token, Token];
const ACCOUNT = world.account.id;
const V2 = `/api/v2/accounts/${ACCOUNT}`;
const V3 = `/api/v3/accounts/${ACCOUNT}`;
const NIGHTLY = world.jobs[0]?.id ?? 0;

interface Envelope {
  status: { code: number; is_success: boolean; user_message: string; developer_message: string | null };
  // Rows of many kinds; each test looks at the fields of its own.
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of a vendor's API is what is tested
  data: any;
  extra?: { filters: Record<string, unknown>; order_by: string | null; pagination: Record<string, number> };
}

function raw(url: string, token = full) {
  const { pathname, searchParams } = new URL(url, "http://emulator");
  return admin.get(pathname, searchParams, token);
}

function get(url: string, token = full): Envelope {
  return JSON.parse(raw(url, token).body);
}

const ids = (url: string) => get(url).data.map((row: { id: number }) => row.id);

describe("the envelope", () => {
  it("wraps an object, and a list with what was asked for", () => {
    const run = world.runs[0];
    expect(get(`${V2}/runs/${run?.id}/`)).toMatchObject({
      status: { code: 200, is_success: true, user_message: "Success!", developer_message: "" },
      data: { id: run?.id },
    });
    expect(get(`${V2}/runs/?job_definition_id=${NIGHTLY}&limit=2`).extra).toEqual({
      filters: { limit: 2, offset: 0, state: "all", account_id: ACCOUNT, job_definition_id: NIGHTLY },
      order_by: "id",
      pagination: { count: 2, total_count: 32 },
    });
    expect(get(`${V2}/jobs/`).extra?.filters).toEqual({
      limit: 100,
      offset: 0,
      state: "active",
      account_id: ACCOUNT,
    });
  });

  it("refuses another account with 403, whether there is one or not", () => {
    for (const path of ["runs/", "", "no-such-thing/"]) {
      const reply = raw(`/api/v2/accounts/${ACCOUNT + 1}/${path}`);
      expect(reply.status).toBe(403);
      expect(JSON.parse(reply.body)).toEqual({
        status: {
          code: 403,
          is_success: false,
          user_message: "Access denied: Token is not scoped to account.",
          developer_message: null,
        },
        data: null,
      });
    }
  });

  it.each([
    `${V2}/runs/1/`,
    `${V2}/no-such-thing/`,
    `${V3}/runs/`,
    `${V3}/`,
    `${V2}/jobs/${EXTRAS.deletedJob}/`,
    "/api/v1/",
  ])("knows nothing of %s", (path) => {
    const reply = raw(path);
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.body)).toMatchObject({ status: { code: 404, is_success: false }, data: null });
  });

  it("knows paths that lack their last slash, except those of artifacts", () => {
    const without = [`${V2}/runs`, `${V2}`, `${V3}/projects/1/environments`, "/api/v2/whoami"];
    for (const path of without) expect([path, lacksSlash(path)]).toEqual([path, true]);
    const others = [`${V2}/runs/`, `${V2}/runs/1/artifacts/manifest.json`, `${V2}/nothing`, `${V3}/runs`];
    for (const path of others) expect([path, lacksSlash(path)]).toEqual([path, false]);
  });
});

describe("tokens", () => {
  it("of Discovery alone are refused", () => {
    expect(raw(`${V2}/runs/`, discoveryOnly).status).toBe(403);
  });

  it("of one project see that project alone", () => {
    const [mine] = oneProject.projectIds ?? [];
    expect(get(`${V3}/projects/`, oneProject).data).toMatchObject([{ id: mine }]);
    const projects = new Set(
      get(`${V2}/runs/`, oneProject).data.map((row: { project_id: number }) => row.project_id),
    );
    expect([...projects]).toEqual([mine]);
    expect(raw(`${V3}/projects/${EXTRAS.project}/`, oneProject).status).toBe(404);
    expect(raw(`${V2}/runs/${EXTRAS.firstRun}/`, oneProject).status).toBe(404);
  });
});

describe("lists", () => {
  it("have 100 rows at most and are in ascending order of their ids", () => {
    const first = ids(`${V2}/runs/`);
    expect(first).toHaveLength(100);
    expect(first).toEqual([...first].sort((one, other) => one - other));
    expect(ids(`${V2}/runs/?offset=100`)).toHaveLength(39);
    expect(ids(`${V2}/runs/?offset=200`)).toEqual([]);
    expect(new Set([...first, ...ids(`${V2}/runs/?offset=100`)]).size).toBe(world.runs.length);
  });

  it.each([
    "limit=101",
    "limit=0",
    "limit=ten",
    "offset=-1",
    "order_by=job_id",
    "state=old",
    "status=good",
  ])("refuse %s with 400", (query) => {
    const reply = raw(`${V2}/runs/?${query}`);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body).status.is_success).toBe(false);
  });

  it("put what has not finished last, and first where the order is reversed", () => {
    const finished = (query: string) =>
      get(`${V2}/runs/?${query}`).data.map((row: { finished_at: string | null }) => row.finished_at);
    expect(finished("order_by=finished_at&offset=137")).toEqual([null, null]);
    expect(finished("order_by=-finished_at&limit=3").map((at: string | null) => at === null)).toEqual([
      true,
      true,
      false,
    ]);
    const created = get(`${V2}/runs/?order_by=-created_at&limit=100`).data.map(
      (row: { created_at: string }) => row.created_at,
    );
    expect(created).toEqual([...created].sort().reverse());
  });

  it("take lists of values in all spellings", () => {
    const spellings = [
      "status__in=1&status__in=30",
      "status__in=1,30",
      "status__in=[1,30]",
      "status__in=%5B1%2C%2030%5D",
    ];
    for (const query of spellings) {
      const answer = get(`${V2}/runs/?${query}`);
      expect(answer.data.map((row: { status: number }) => row.status).sort()).toEqual([1, 30, 30]);
      expect(answer.extra?.filters.status__in).toEqual([1, 30]);
    }
  });

  it("filter runs", () => {
    const total = (query: string) => get(`${V2}/runs/?${query}`).extra?.pagination.total_count;
    const [first, second] = world.runs;
    expect(total(`job_definition_id=${NIGHTLY}`)).toBe(32);
    expect(total(`project_id=${EXTRAS.project}`)).toBe(12);
    expect(total(`project_id__in=[${EXTRAS.project},1]`)).toBe(12);
    expect(total(`environment_id=${EXTRAS.checks}`)).toBe(1);
    expect(total("status=20")).toBe(15);
    expect(total(`id__gt=${world.runs.at(-3)?.id}`)).toBe(2);
    expect(total(`pk=${first?.id}`)).toBe(1);
    expect(total(`pk__in=${first?.id},${second?.id}`)).toBe(2);
    expect(total("has_docs_generated=true")).toBe(3);
    expect(total("has_sources_generated=true")).toBe(31);
    expect(total("dbt_version=1.10.13")).toBe(12);
    expect(total("state=deleted")).toBe(0);
    expect(total("no_such_filter=1")).toBe(139);
    const day = "2026-10-28%2000:00:00%2B00:00,2026-10-29%2000:00:00%2B00:00";
    expect(total(`created_at__range=${day}&project_id=190201`)).toBe(5);
    expect(total('finished_at__range=["2026-10-28","2026-10-29"]')).toBe(5);
    expect(total("finished_at__range=2026-10-28 00:00:00+00:00,2026-10-29T00:00:00Z")).toBe(5);
  });

  it("filter jobs, projects and environments", () => {
    const names = (url: string) => get(url).data.map((row: { name: string }) => row.name);
    expect(names(`${V2}/jobs/?name__icontains=DOCK`)).toEqual(["Intraday dock display"]);
    expect(names(`${V2}/jobs/?triggers_schedule=false&project_id=190201`)).toEqual([
      "dbt docs generate --target prod",
    ]);
    expect(names(`${V2}/jobs/?state=deleted`)).toEqual(["Old refresh"]);
    expect(names(`${V2}/jobs/?state=all`)).toHaveLength(9);
    expect(names(`${V2}/jobs/?is_system=true`)).toEqual([]);
    expect(names(`${V3}/projects/?order_by=name`)).toEqual(["Customer Care", "Pedal Harbour"]);
    expect(names(`${V3}/projects/?pk__gt=190201`)).toEqual(["Customer Care"]);
    expect(names(`${V3}/projects/190201/environments/?type=deployment`)).toEqual(["Production", "Staging"]);
    expect(names(`${V3}/environments/?deployment_type=production`)).toEqual(["Production", "Prod"]);
    expect(names(`${V2}/environments/?deployment_type__in=['staging']`)).toEqual(["Staging"]);
    expect(get(`${V3}/projects/9/environments/`).status.code).toBe(404);
  });

  it("take what is related in all spellings, and leave it out where it was not asked for", () => {
    for (const value of ["trigger,job", '["trigger","job"]', "['trigger', 'job']"]) {
      const [row] = get(`${V2}/runs/?limit=1&include_related=${encodeURIComponent(value)}`).data;
      expect(row).toMatchObject({ trigger: { cause: "scheduled" }, job: { id: NIGHTLY }, environment: null });
    }
    const [bare] = get(`${V2}/runs/?limit=1`).data;
    expect(bare).toMatchObject({ trigger: null, job: null, environment: null, run_steps: [] });
  });
});

describe("rows", () => {
  it("of runs have times with a space, those of jobs a T", () => {
    const run = get(`${V2}/runs/?finished_at__range=2026-10-28T02:03,2026-10-28T02:04`).data[0];
    expect(run).toMatchObject({
      started_at: "2026-10-28 02:03:04.259250+00:00",
      finished_at: "2026-10-28 02:03:07.760850+00:00",
      run_duration: "00:00:03",
      run_duration_humanized: "3 seconds",
      status: 20,
      status_humanized: "Error",
      is_error: true,
      is_complete: true,
      in_progress: false,
      job_definition_id: NIGHTLY,
      href: `https://ab123.us1.dbt.example/deploy/${ACCOUNT}/projects/190201/runs/${run.id}/`,
    });
    const job = get(`${V2}/jobs/${NIGHTLY}/`).data;
    expect(job.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    expect(job).toMatchObject({
      execute_steps: ["dbt build --target prod"],
      triggers: { schedule: true },
      schedule: { cron: "0 2 * * *" },
      settings: { target_name: "prod" },
      next_run: "2026-11-19T02:00:00.000000+00:00",
      run_failure_count: 2,
    });
    expect(get(`${V3}/projects/190201/`).data.created_at).toContain(" ");
    expect(get(`${V3}/environments/270301/`).data.created_at).toContain("T");
  });

  it("of a run that timed out are cancelled, with hours beyond a day", () => {
    const [run] = get(`${V2}/runs/?status=30`).data;
    expect(run).toMatchObject({
      status_humanized: "Cancelled",
      is_cancelled: true,
      is_error: false,
      status_message: TIMED_OUT,
      run_duration: "24:00:36",
      duration: "24:00:45",
      queued_duration: "00:00:09",
    });
  });

  it("of a run that waits grow with the clock and say what blocks it", () => {
    const later = createAdmin(world, { now: () => NOW + 3_408_000 });
    const { body } = later.get(`${V2}/runs/`, new URLSearchParams("status=1"), full);
    expect(JSON.parse(body).data).toMatchObject([
      {
        started_at: null,
        finished_at: null,
        dequeued_at: null,
        git_branch: null,
        git_sha: null,
        in_progress: true,
        is_running: null,
        is_complete: false,
        duration: "00:56:57",
        queued_duration: "00:56:57",
        run_duration: "00:00:00",
        finished_at_humanized: "0 minutes from now",
        blocked_by: [world.runs.find(({ status }) => status === 3)?.id],
      },
    ]);
  });

  it("of jobs tell their newest run and their newest one that ended", () => {
    const related = "include_related=most_recent_run,most_recent_completed_run,environment";
    const job = get(`${V2}/jobs/${EXTRAS.refresh}/?${related}`).data;
    expect(job.most_recent_run.status).toBe(1);
    expect(job.most_recent_completed_run.status).toBe(20);
    expect(job.environment.deployment_type).toBe("production");
    expect(get(`${V2}/jobs/${EXTRAS.refresh}/`).data).not.toHaveProperty("most_recent_run");
  });

  it("of projects have their environments where they are asked for", () => {
    const [project] = get(`${V3}/projects/?include_related=["environments"]`).data;
    expect(project.environments.map((one: { name: string }) => one.name)).toEqual([
      "Production",
      "Staging",
      "Development",
    ]);
  });

  it("of steps have logs, and whole debug logs where they are asked for", () => {
    const run = world.runs.find(({ status, jobId }) => status === 20 && jobId === NIGHTLY);
    const steps = get(`${V2}/runs/${run?.id}/?include_related=run_steps`).data.run_steps;
    expect(steps.map((step: { index: number }) => step.index)).toEqual([4, 3, 2, 1]);
    expect(steps[0]).toMatchObject({
      name: "Invoke dbt with `dbt build --target prod`",
      status_humanized: "Error",
      debug_logs: null,
      run_step_command: { dbt_command: "dbt build --target prod" },
    });
    expect(steps[0].truncated_debug_logs.split("\n")).toHaveLength(1000);
    const [whole] = get(`${V2}/runs/${run?.id}/?include_related=run_steps,debug_logs`).data.run_steps;
    expect(whole.debug_logs.split("\n").length).toBeGreaterThan(1000);
    expect(whole.debug_logs.endsWith(steps[0].truncated_debug_logs)).toBe(true);
    expect(get(`${V2}/steps/${steps[0].id}/`).data).toMatchObject({ id: steps[0].id, run_id: run?.id });
    const retry = get(`${V2}/runs/${run?.id}/retry/`).data;
    expect([retry.failed_step.index, retry.skipped_steps]).toEqual([4, []]);
  });

  it("say who asks and which account there is", () => {
    expect(get("/api/v2/whoami/").data.user.id).toBeGreaterThan(0);
    expect(get("/api/v3/accounts/").data).toMatchObject([
      { id: ACCOUNT, name: "Pedal Harbour", plan: "enterprise" },
    ]);
    expect(get(`${V2}/`).data).toMatchObject({ id: ACCOUNT, run_duration_limit_seconds: 86_400 });
  });
});

describe("artifacts", () => {
  const refresh = world.runs.find((run) => run.jobId === EXTRAS.refresh && run.status === 10)?.id;
  const path = `${V2}/runs/${refresh}/artifacts`;

  it("are those of the last step, or of the one that is asked for", () => {
    const which = (query: string) => JSON.parse(raw(`${path}/run_results.json${query}`).body).args.which;
    expect([which(""), which("?step=6"), which("?step=5"), which("?step=4")]).toEqual([
      "generate",
      "generate",
      "build",
      "seed",
    ]);
    expect(get(`${path}/`).data).toEqual(["catalog.json", "manifest.json", "run_results.json"]);
    expect(get(`${path}/?step=4`).data).toEqual(["manifest.json", "run_results.json"]);
  });

  it("come as they were written, without an envelope", () => {
    const [run] = world.runs;
    const reply = raw(`${V2}/runs/${run?.id}/artifacts/run_results.json?step=4`);
    expect(reply.contentType).toBe("application/json");
    expect(reply.body).toBe(run?.steps[3]?.artifact("run_results.json"));
  });

  it("are missing with 404 and an envelope", () => {
    for (const rest of [
      "run_results.json?step=3",
      "run_results.json?step=9",
      "sources.json",
      "catalog.json?step=5",
    ])
      expect([rest, raw(`${path}/${rest}`).status]).toEqual([rest, 404]);
    expect(get(`${path}/nothing.json`)).toMatchObject({ status: { code: 404 }, data: null });
    expect(raw(`${path}/manifest.json?step=last`).status).toBe(400);
  });

  it("are null where a run left none", () => {
    const cancelled = world.runs.find(({ status }) => status === 30)?.id;
    expect(get(`${V2}/runs/${cancelled}/artifacts/`).data).toBeNull();
    expect(raw(`${V2}/runs/${cancelled}/artifacts/manifest.json`).status).toBe(404);
  });

  it("of a job are the latest that there are", () => {
    const { body } = raw(`${V2}/jobs/${EXTRAS.refresh}/artifacts/catalog.json`);
    // Those that came later failed before their docs.
    const last = world.runs.findLast((run) => run.jobId === EXTRAS.refresh && run.status === 10);
    expect(JSON.parse(body).metadata.env.DBT_CLOUD_RUN_ID).toBe(String(last?.id));
  });
});
