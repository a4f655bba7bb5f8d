import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { RunlensError } from "../../../src/errors.ts";
import { toFile } from "../../../src/sources/wire/to-file.ts";
import { ACCOUNT, adminOf, failureOf, list, type Seen, type Served, send, serve, WAITING } from "./served.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "runlens-admin-"));
  folders.push(made);
  return made;
}

const rows = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, name: `job ${from + index}` }));

/** A list that is asked for page by page, `most` rows at once. */
function paged(
  all: readonly unknown[],
  { most = 100, total = true }: { most?: number; total?: boolean } = {},
) {
  return serve(({ query }, response) => {
    const from = Number(query.get("offset"));
    const page = all.slice(from, from + Math.min(most, Number(query.get("limit"))));
    send(response, 200, list(page, total ? all.length : undefined));
  });
}

const offsets = ({ seen }: Served) =>
  seen.map(({ query }) => Number(query.get("offset"))).sort((a, b) => a - b);
const ids = (page: { rows: readonly { id: string }[] }) => page.rows.map(({ id }) => Number(id));
const upTo = (count: number) => rows(count).map(({ id }) => id);

describe("a list", () => {
  it.each([
    [0, [0]],
    [1, [0]],
    [99, [0]],
    [100, [0]],
    [101, [0, 100]],
    [1234, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200]],
  ])("of %i rows is read in as many requests as it has pages", async (count, pages) => {
    const served = await paged(rows(count));
    const page = await adminOf(served).jobs(WAITING);
    expect(ids(page)).toEqual(upTo(count));
    expect([page.dropped, page.total]).toEqual([0, count]);
    expect(offsets(served)).toEqual(pages);
  });

  it.each([
    [0, [0]],
    [99, [0]],
    [100, [0, 100]],
    [250, [0, 100, 200]],
  ])("of %i rows ends with a short page where no total is told", async (count, pages) => {
    const served = await paged(rows(count), { total: false });
    const page = await adminOf(served).projects(WAITING);
    expect(ids(page)).toEqual(upTo(count));
    expect(page.total).toBeNull();
    expect(offsets(served)).toEqual(pages);
  });

  it("is read whole from a server that gives half a page", async () => {
    const served = await paged(rows(120), { most: 50 });
    expect(ids(await adminOf(served).jobs(WAITING))).toEqual(upTo(120));
    expect(offsets(served)).toEqual([0, 50, 100]);
  });

  it("is read whole where one page comes short", async () => {
    const all = rows(300);
    const served = await serve(({ query }, response) => {
      const from = Number(query.get("offset"));
      send(response, 200, list(all.slice(from, from === 100 ? 140 : from + 100), all.length));
    });
    expect(ids(await adminOf(served).jobs(WAITING)).sort((a, b) => a - b)).toEqual(upTo(300));
  });

  it("ends where the server ignores the offset", async () => {
    for (const total of [undefined, 300]) {
      const served = await serve((_request, response) => send(response, 200, list(rows(100), total)));
      expect(ids(await adminOf(served).environments(WAITING))).toEqual(upTo(100));
      expect(served.seen.length).toBeLessThanOrEqual(3);
    }
  });

  it("ends where the server has fewer rows than it says", async () => {
    const served = await serve(({ query }, response) =>
      send(response, 200, list(query.get("offset") === "0" ? rows(100) : [], 400)),
    );
    expect(ids(await adminOf(served).jobs(WAITING))).toEqual(upTo(100));
  });

  it("has a row once that moved between two pages", async () => {
    const served = await serve(({ query }, response) => {
      const from = Number(query.get("offset"));
      send(response, 200, list(from === 0 ? rows(100) : rows(50, 99), 150));
    });
    expect(ids(await adminOf(served).jobs(WAITING))).toEqual(upTo(148));
  });

  it("counts the rows that cannot be read, and keeps the others", async () => {
    const served = await paged([{ id: 1 }, { name: "no id" }, null, "x", { id: 2, name: 7 }]);
    expect(await adminOf(served).jobs(WAITING)).toMatchObject({
      dropped: 3,
      total: 5,
      rows: [
        { id: "1", name: null },
        { id: "2", name: null },
      ],
    });
  });

  it("goes on behind rows that cannot be read", async () => {
    const all = [...rows(60), ...Array.from({ length: 40 }, () => ({ bad: true })), ...rows(30, 101)];
    const page = await adminOf(await paged(all, { total: false })).jobs(WAITING);
    expect([page.rows.length, page.dropped]).toEqual([90, 40]);
  });

  it("that is none is UPSTREAM", async () => {
    const served = await serve((_request, response) => send(response, 200, { data: { id: 1 } }));
    expect((await failureOf(adminOf(served).jobs(WAITING))).message).toContain("no list");
  });
});

describe("what is asked", () => {
  const asked = async (ask: (admin: ReturnType<typeof adminOf>) => Promise<unknown>): Promise<Seen> => {
    const served = await paged([]);
    await ask(adminOf(served)).catch(() => undefined);
    const [first] = served.seen;
    if (first === undefined) throw new Error("nothing was asked");
    return first;
  };
  const queryOf = ({ query }: Seen) => Object.fromEntries(query);

  it("of projects, environments and jobs", async () => {
    const projects = await asked((admin) => admin.projects(WAITING));
    expect(projects.path).toBe(`/api/v3/accounts/${ACCOUNT}/projects/`);
    expect(queryOf(projects)).toEqual({
      include_related: '["environments"]',
      order_by: "id",
      limit: "100",
      offset: "0",
    });
    expect((await asked((admin) => admin.environments(WAITING))).path).toBe(
      `/api/v3/accounts/${ACCOUNT}/environments/`,
    );
    const jobs = await asked((admin) => admin.jobs(WAITING));
    expect(jobs.path).toBe(`/api/v2/accounts/${ACCOUNT}/jobs/`);
    expect(queryOf(jobs)).toMatchObject({
      state: "active",
      include_related: '["most_recent_run","most_recent_completed_run"]',
    });
  });

  it("of runs", async () => {
    const runs = await asked((admin) =>
      admin.runs(
        {
          offset: 200,
          limit: 50,
          order_by: "-created_at",
          job_definition_id: "3",
          status__in: [10, 20],
          pk__in: ["7", "8"],
        },
        WAITING,
      ),
    );
    expect(runs.path).toBe(`/api/v2/accounts/${ACCOUNT}/runs/`);
    expect(queryOf(runs)).toEqual({
      offset: "200",
      limit: "50",
      order_by: "-created_at",
      job_definition_id: "3",
      status__in: "[10,20]",
      pk__in: '["7","8"]',
      include_related: '["trigger"]',
    });
  });

  it("of one run, with its steps and logs only where they are wanted", async () => {
    const related = async (parts: { steps?: boolean; debugLogs?: boolean }) =>
      queryOf(await asked((admin) => admin.run("9", parts, WAITING))).include_related;
    expect(await related({})).toBe('["trigger"]');
    expect(await related({ steps: true })).toBe('["trigger","run_steps"]');
    expect(await related({ steps: true, debugLogs: true })).toBe('["trigger","run_steps","debug_logs"]');
  });
});

describe("artifacts", () => {
  const BODY = '{"metadata": {"größe": 1}}';
  const at = (paths: Record<string, (response: ServerResponse) => void>) =>
    serve(({ path, query }, response) => {
      const key = `${decodeURIComponent(path.split("/artifacts/")[1] ?? "")}${query.size > 0 ? `?${query}` : ""}`;
      const found = paths[key];
      if (found) return found(response);
      send(response, 404, { status: { code: 404, user_message: "The requested resource was not found." } });
    });
  const body = (response: ServerResponse) => send(response, 200, BODY);

  it("are listed; a run without any has none", async () => {
    const served = await serve(({ path }, response) =>
      send(response, 200, { data: path.includes("/1/") ? ["manifest.json", 7, "run_results.json"] : null }),
    );
    expect(await adminOf(served).artifactPaths("1", WAITING)).toEqual(["manifest.json", "run_results.json"]);
    expect(await adminOf(served).artifactPaths("2", WAITING)).toEqual([]);
    expect(served.seen[0]?.path).toBe(`/api/v2/accounts/${ACCOUNT}/runs/1/artifacts/`);
  });

  it("are read as text, of a step or of the last one", async () => {
    const served = await at({ "run_results.json?step=4": body, "compiled/a b/ü?#%.sql": body });
    const admin = adminOf(served);
    expect(await admin.artifact("1", "run_results.json", 4, WAITING)).toBe(BODY);
    expect(await admin.artifact("1", "compiled/a b/ü?#%.sql", null, WAITING)).toBe(BODY);
    expect(await admin.artifact("1", "run_results.json", 5, WAITING)).toBeNull();
    // No slash at the end, unlike every other path.
    expect(served.seen.map(({ path }) => path.endsWith("/"))).toEqual([false, false, false]);
  });

  it("are written to a file that its owner alone may read", async () => {
    const served = await at({ "manifest.json?step=4": body });
    const place = folder();
    const file = join(place, "manifest.json");
    const victim = join(place, "victim");
    writeFileSync(victim, "untouched");
    symlinkSync(victim, file);
    expect(await adminOf(served).artifactToFile("1", "manifest.json", 4, file, WAITING)).toBe(true);
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual([BODY, 0o600]);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
  });

  it("that are not there leave no file", async () => {
    const served = await at({});
    const place = folder();
    const file = join(place, "sources.json");
    expect(await adminOf(served).artifactToFile("1", "sources.json", null, file, WAITING)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it("that are cut off are fetched anew, and whole or not at all", async () => {
    const cut = (response: ServerResponse) => {
      response.writeHead(200, { "content-length": 10_000 });
      response.write("x".repeat(500), () => response.destroy());
    };
    const place = folder();
    const file = join(place, "manifest.json");
    const once = await serve((_request, response, count) => (count === 1 ? cut(response) : body(response)));
    expect(await adminOf(once).artifactToFile("1", "manifest.json", 1, file, WAITING)).toBe(true);
    expect([readFileSync(file, "utf8"), once.seen.length]).toEqual([BODY, 2]);
    const always = await serve((_request, response) => cut(response));
    const admin = adminOf(always);
    expect(await failureOf(admin.artifactToFile("1", "manifest.json", 1, file, WAITING))).toMatchObject({
      code: "UPSTREAM",
    });
    expect([readdirSync(place), admin.requests]).toEqual([[], 3]);
  });

  it("without an end are TOO_LARGE, and removed", async () => {
    const place = folder();
    const tooLarge = (megabytes: number) => new RunlensError("TOO_LARGE", `${megabytes} MB`, "");
    const write = toFile(join(place, "manifest.json"), { what: "A file", tooLarge, mostBytes: 2 ** 20 });
    const answer = new Response("x".repeat(2 ** 20 + 1));
    expect(await failureOf(write(answer, () => undefined))).toMatchObject({
      code: "TOO_LARGE",
      message: "1 MB",
    });
    expect(readdirSync(place)).toEqual([]);
  });

  it("that cannot be written are no failure of the platform, and not fetched again", async () => {
    const served = await at({ "manifest.json": body });
    const admin = adminOf(served);
    const file = join(folder(), "nowhere", "manifest.json");
    expect(await failureOf(admin.artifactToFile("1", "manifest.json", null, file, WAITING))).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("ENOENT"),
    });
    expect(admin.requests).toBe(1);
  });

  it("are not the page of a wrong host, unless they are pages", async () => {
    const page = (response: ServerResponse) =>
      send(response, 200, "<html></html>", { "content-type": "text/html" });
    const admin = adminOf(await at({ "manifest.json": page, "index.html": page }));
    expect((await failureOf(admin.artifact("1", "manifest.json", null, WAITING))).hint).toContain("DBT_HOST");
    const file = join(folder(), "manifest.json");
    expect((await failureOf(admin.artifactToFile("1", "manifest.json", null, file, WAITING))).code).toBe(
      "UPSTREAM",
    );
    expect(await admin.artifact("1", "index.html", null, WAITING)).toBe("<html></html>");
  });
});
