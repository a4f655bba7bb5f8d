/** The web page in a real browser, over the built program and its demo. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, openBrowser } from "./browser.ts";
import { listAt, objectAt, parseObject } from "./places.ts";
import { type Bench, openBench } from "./processes.ts";

const CONTRAST = readFileSync(new URL("page/contrast.js", import.meta.url), "utf8");
const SCHEMES = ["light", "dark"] as const;
const SLOWEST = "pedal_harbour.fct_station_occupancy";
/** Has an anomaly in the demo. */
const UNSTEADY = "pedal_harbour.fct_trip_distances";
/** Something feeds it, and it feeds much. */
const CENTRAL = "pedal_harbour.fct_trips";

// Where no Chromium is to be had nobody has to have one; where all tests have to pass it is not left out.
describe.skipIf(!hasBrowser && process.env.CI === undefined)("the page in Chromium", () => {
  let bench: Bench;
  let browser: Browser;
  let server: string;
  /** What went wrong in the browser, and every address that it asked for. */
  let troubles: string[];
  let asked: string[];
  const pages: Page[] = [];

  beforeAll(async () => {
    bench = openBench();
    [browser, server] = await Promise.all([openBrowser(), bench.serve(["--demo"])]);
  });
  afterAll(async () => {
    await browser?.close();
    await bench.clear();
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
  });

  async function open(
    hash = "",
    { at = server, ...look }: { at?: string; colorScheme?: "light" | "dark"; width?: number } = {},
  ): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: look.width ?? 1360, height: 900 },
      colorScheme: look.colorScheme ?? "light",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    pages.push(page);
    troubles = [];
    asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) troubles.push(message.text());
    });
    await page.goto(`${at}/${hash}`);
    await settled(page);
    return page;
  }

  /** What the page shows is what it has asked for last. */
  async function settled(page: Page): Promise<void> {
    // An address that has changed is told of a little later.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    await expect.poll(() => page.locator("[aria-busy]").count(), { timeout: 10_000 }).toBe(0);
  }

  async function api(path: string, query: Record<string, string | string[]> = {}) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const one of [value].flat()) search.append(name, one);
    const response = await fetch(`${server}/api/v1/${path}?${search}`);
    expect(response.status).toBe(200);
    return parseObject(await response.text());
  }

  const lineageOf = (model: string, depth: Record<string, string> = { depth: "3" }) =>
    api("lineage", { model_id: model, ...depth, include: ["healthy", "edges"], limit: "60" });

  function expectNoTrouble(): void {
    expect(troubles).toEqual([]);
    expect(asked.length).toBeGreaterThan(5);
    // Its icon lies in the page itself.
    const elsewhere = asked.filter((url) => !url.startsWith(`${server}/`) && !url.startsWith("data:"));
    expect(elsewhere).toEqual([]);
  }

  it("shows how many models are well, as the API counts them, and what to see to first", async () => {
    const page = await open();
    const health = await api("health");
    for (const status of ["critical", "blocked", "warning", "unknown", "healthy"]) {
      const count = await page.locator(`#health .counts [data-status=${status}] strong`).textContent();
      expect([status, Number(count)]).toEqual([status, objectAt(health, "models")[status]]);
    }
    expect(await page.locator("#health ol.first li").allTextContents()).toEqual(health.see_to_first);
    const alerts = page.getByRole("table", { name: "Alerts" }).locator("tbody tr");
    expect(await alerts.count()).toBe(health.alert_count);
    const jobs = page.getByRole("table", { name: "Jobs, by their last run" }).locator("tbody tr");
    expect(await jobs.count()).toBe(listAt(health, "jobs").length);
    expectNoTrouble();
  });

  it("draws the slowest model over time: as many points as the API has, and since when it is slow", async () => {
    const page = await open();
    const bars = page.locator("#longest ol.bars").first().getByRole("link");
    await bars.first().click();
    await settled(page);
    expect(new URL(page.url()).hash).toBe(`#model=${SLOWEST}`);
    const trend = await api("runtime-trend", { model_id: SLOWEST, since: "30d", limit: "1000" });
    expect(listAt(trend, "points").length).toBeGreaterThan(25);
    const points = page.locator("#trend svg.trend path.point");
    expect(await points.count()).toBe(listAt(trend, "points").length);
    expect(await page.locator("#trend line.change").count()).toBe(1);
    expect(await page.locator("#trend .since").textContent()).toContain("Slower since 10 Nov, 02:04 UTC");
    expect(await page.locator("#trend .changes li").count()).toBe(
      listAt(objectAt(trend, "since_when"), "changes").length,
    );

    await page.getByRole("navigation", { name: "Period" }).getByRole("link", { name: "7d" }).click();
    await settled(page);
    const week = await api("runtime-trend", { model_id: SLOWEST, since: "7d", limit: "1000" });
    await expect.poll(() => points.count()).toBe(listAt(week, "points").length);
    expectNoTrouble();
  });

  it("marks the anomaly, and reads points to the keyboard", async () => {
    const page = await open(`#model=${UNSTEADY}&by=run`);
    const trend = await api("runtime-trend", { model_id: UNSTEADY, by: "run", since: "30d", limit: "1000" });
    const isCritical = (point: Record<string, unknown>) => point.anomaly === "critical";
    expect(listAt(trend, "points").filter(isCritical)).toHaveLength(1);
    expect(await page.locator("#trend svg.trend path.point.critical").count()).toBe(1);
    expect(await page.locator("#trend svg.trend rect.expected").count()).toBe(1);
    expect(await page.locator("#trend .anomalies li").allTextContents()).toEqual([
      expect.stringMatching(/^Critical: 3\.\d+s on 4 Nov, 02:00 UTC; expected was /),
    ]);
    await page.locator("#trend .plot").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator("#trend .reading").textContent()).toMatch(/^17 Nov, 02:0\d UTC: 0\.\d+s$/);
    await page.locator("#trend summary").click();
    expect(await page.locator("#trend tbody tr").count()).toBe(listAt(trend, "points").length);
    expectNoTrouble();
  });

  it("draws lineage with a node for all that the API lists, and goes on from a node", async () => {
    const page = await open(`#model=${CENTRAL}&depth=all`);
    const lineage = await lineageOf(CENTRAL, {});
    const [above, below] = [objectAt(lineage, "upstream"), objectAt(lineage, "downstream")];
    const listed = [above, below].flatMap((side) => listAt(side, "models")).map((one) => one.model_id);
    const others = listAt(above, "sources").length + listAt(below, "exposures").length;
    expect(listed.length).toBeGreaterThan(10);
    const nodes = page.locator("svg.lineage .node");
    expect(await nodes.count()).toBe(1 + listed.length + others);
    expect(await page.locator("svg.lineage path.edge").count()).toBe(listAt(lineage, "edges").length);
    const path = listAt(below, "critical_path").length;
    expect(await page.locator("svg.lineage .on-path").count()).toBe(path);
    expect(await page.locator("svg.lineage path.edge.critical-path").count()).toBe(path - 1);
    for (const { model_id, health_status } of listAt(below, "models")) {
      const node = page.locator(`svg.lineage .node[data-key="${model_id}"]`);
      expect(await node.locator("text.state").textContent()).toContain(health_status);
    }

    const next = page.locator('svg.lineage a.node[data-key="pedal_harbour.fct_revenue_daily"]');
    await next.click();
    await settled(page);
    expect(new URL(page.url()).hash).toBe("#model=pedal_harbour.fct_revenue_daily&depth=all");
    const root = page.locator("svg.lineage .node.root");
    expect(await root.getAttribute("data-key")).toBe("pedal_harbour.fct_revenue_daily");
    expect(await page.locator("#trend h2").textContent()).toContain("fct_revenue_daily");
    await page.goBack();
    await settled(page);
    await expect.poll(() => root.getAttribute("data-key")).toBe(CENTRAL);
    expectNoTrouble();
  });

  it("draws a job over time, which has no lineage", async () => {
    const page = await open("#days=14");
    await page.locator("#health").getByRole("link", { name: "Nightly build" }).click();
    await settled(page);
    expect(new URL(page.url()).hash).toBe("#job=nightly&job_project=pedal_harbour&days=14");
    const trend = await api("runtime-trend", { job_id: "nightly", since: "14d", limit: "1000" });
    expect(await page.locator("#trend svg.trend path.point").count()).toBe(listAt(trend, "points").length);
    expect(await page.locator("#lineage .body").textContent()).toContain("A job has none");
    expect(await page.locator("#longest a[aria-current] .name").allTextContents()).toEqual(["Nightly build"]);
    expectNoTrouble();
  });

  it("shows names as they are, whatever is in them", async () => {
    const page = await open("#model=shop.a");
    const name = `<img src="x" onerror="document.title='run'">`;
    const model = {
      model_id: `shop.${name}`,
      name,
      project_id: "shop",
      average_runtime_s: 3,
      runs_counted: 1,
    };
    await page.route("**/api/v1/models/slowest?*", (route) =>
      route.fulfill({ json: { items: [model], has_more: false, next_cursor: null } }),
    );
    await page.reload();
    await settled(page);
    const bar = page.locator("#longest ol.bars").first().getByRole("link");
    expect(await bar.locator(".name").textContent()).toBe(name);
    await bar.click();
    await settled(page);
    expect(await page.locator("#trend h2").textContent()).toBe(`Run time of shop.${name}`);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("runlens");
  });

  it("finds a model by its name, and says what the API says where there is none", async () => {
    const page = await open();
    const search = page.getByRole("combobox", { name: "Model" });
    await search.focus();
    const { total } = await api("models");
    await expect.poll(() => page.locator("datalist option").count()).toBe(total);
    await search.fill("pedal_harbour.dim_bikes");
    await search.press("Enter");
    await settled(page);
    await expect.poll(() => page.locator("#trend h2").textContent()).toContain("dim_bikes");
    expectNoTrouble();

    await search.fill("fct_payment");
    await search.press("Enter");
    const refusal = page.locator("#lineage [role=alert]");
    await refusal.waitFor();
    const { error } = parseObject(
      await (await fetch(`${server}/api/v1/lineage?model_id=fct_payment`)).text(),
    );
    expect(await refusal.textContent()).toContain(String(objectAt(error).message));
    expect(await refusal.textContent()).toContain(String(objectAt(error).hint));
  });

  it("gives up what it has asked for once something else is chosen, and keeps the focus", async () => {
    const page = await open();
    await page.route(/runtime-trend.*since=90d/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      await route.continue().catch(() => undefined);
    });
    const givenUp = page.waitForEvent("requestfailed", (request) => request.url().includes("since=90d"));
    const period = page.getByRole("navigation", { name: "Period" });
    await period.getByRole("link", { name: "90d" }).click();
    await period.getByRole("link", { name: "14d" }).click();
    expect((await givenUp).failure()?.errorText).toContain("ABORTED");
    await settled(page);
    expect(await page.locator(":focus").textContent()).toBe("14d");
    expect(new URL(page.url()).hash).toBe("#days=14");
    expectNoTrouble();
  });

  it.each(
    SCHEMES,
  )("can be read by everybody in %s: contrast of 4.5 at least, nothing that axe finds", async (colorScheme) => {
    const page = await open(`#model=${CENTRAL}&depth=all&by=run`, { colorScheme });
    for (const summary of await page.locator("summary").all()) await summary.click();
    const texts = await page.evaluate<{ text: string; contrast: number }[]>(CONTRAST);
    expect(texts.length).toBeGreaterThan(200);
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const isDark = Number(/\d+/.exec(ground)?.[0]) < 128;
    expect(isDark).toBe(colorScheme === "dark");
    expect(await violations(page)).toEqual([]);
    expectNoTrouble();
  });

  it("fits into 400 pixels", async () => {
    const page = await open(`#model=${CENTRAL}&depth=all`, { width: 400 });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(400);
    const plot = await page.locator("svg.trend").boundingBox();
    expect(plot?.width).toBeGreaterThan(250);
    expect(plot?.width).toBeLessThan(400);
    expect(await violations(page)).toEqual([]);
    expectNoTrouble();
  });

  it("asks for a key where the server does, keeps it in the tab, and forgets it on signing out", async () => {
    const { key, entry } = await bench.ask(["key", "new", "--name", "dashboard"]);
    const keys = join(bench.folder, "keys.yml");
    // JSON is YAML.
    writeFileSync(keys, JSON.stringify({ keys: [entry] }), { mode: 0o600 });
    const at = await bench.serve(["--demo", "--keys", keys]);
    const page = await open("", { at });
    const form = page.locator("form.sign-in");
    expect(await page.locator("#main").isHidden()).toBe(true);
    expect(await violations(page)).toEqual([]);
    const enter = async (text: string) => {
      await form.getByLabel("API key").fill(text);
      await form.getByRole("button", { name: "Sign in" }).click();
    };
    await enter("rl_wrong");
    await form.getByText("The key was refused").waitFor();
    await enter(String(key));
    await page.locator("#health .counts").waitFor();
    expect(await form.count()).toBe(0);
    expect(await page.locator("header").textContent()).toContain("dashboard (viewer)");
    const kept =
      "JSON.stringify([Object.values(sessionStorage), Object.values(localStorage), document.cookie])";
    expect(await page.evaluate<string>(kept)).toBe(JSON.stringify([[key], [], ""]));
    expect(asked.filter((url) => url.includes(String(key)))).toEqual([]);

    await page.getByRole("button", { name: "Sign out" }).click();
    await form.waitFor();
    expect(await page.evaluate<string>(kept)).toBe(JSON.stringify([[], [], ""]));
    // Chromium itself tells of each refusal, and nothing else.
    expect(troubles.filter((text) => !text.includes("status of 401"))).toEqual([]);
  });

  it("says what to set up where there is nothing yet", async () => {
    const at = await bench.serve([]);
    const page = await open("", { at });
    const response = await fetch(`${at}/api/v1/health`);
    const { error } = parseObject(await response.text());
    expect(await page.locator("#health [role=alert]").textContent()).toContain(String(objectAt(error).hint));
    expect(await violations(page)).toEqual([]);
  });
});

/** What axe finds in the page that keeps people from using it. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>("axe.run()");
  return found.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join(" ")}`);
}
