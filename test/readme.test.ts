import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dashboard, RunDetail } from "../src/core/answers.ts";
import { Lineage } from "../src/core/lineage-answers.ts";
import { RuntimeTrend } from "../src/core/trend-answers.ts";
import { EXIT_UNHEALTHY } from "../src/frontends/cli/operation-command.ts";
import { runCli } from "../src/frontends/cli/program.ts";
import { operations } from "../tools/index.ts";
import { type Demo, openDemo } from "./demo.ts";

const text = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
/** What is quoted on the first page, without line breaks, quotation marks of Markdown and emphasis. */
const investigation = `\n${(text.match(/^>.*$/gm) ?? []).join("\n")}`
  .replaceAll(/\n>\s*/g, " ")
  .replaceAll("**", "");
/** The commands that ask the same. */
const commands = [...text.matchAll(/^node dist\/runlens\.js --demo (.*)$/gm)].map((match) => match[1] ?? "");

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

/** Types a command of the page at the demo data. */
async function type(command: string): Promise<{ exit: number; out: string; err: string }> {
  const told = { out: "", err: "" };
  const exit = await runCli([...command.split(" "), "--json"], {
    operations,
    openApp: () => ({ ...demo.app, close: async () => undefined }),
    startStdio: async () => undefined,
    startHttp: async () => "",
    clock: { now: () => Date.parse("2026-11-18T07:30:00Z") },
    console: {
      out: async (line) => {
        told.out += line;
      },
      err: (line) => {
        told.err += line;
      },
      progress: null,
      endProgress: () => undefined,
    },
    log: demo.app.log,
    version: "1.2.3",
    signal: new AbortController().signal,
  });
  return { exit, ...told };
}

async function answerTo(command: string | undefined): Promise<unknown> {
  const { exit, out, err } = await type(command ?? "");
  expect([exit, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

const seconds = (value: number | null | undefined) => `${value?.toFixed(1)} s`;
const moment = (time: string | null | undefined) => `${time?.slice(0, 16).replace("T", " ")} UTC`;
const quoted = (modelId: string | undefined) => `\`${modelId?.replace("pedal_harbour.", "")}\``;

it("shows an investigation that is what the demo data answers, to the last number", async () => {
  const model = "pedal_harbour.fct_station_occupancy";
  const dashboard = Dashboard.parse(await answerTo(commands[0]));
  const run = RunDetail.parse(await answerTo(commands[1]));
  const trend = RuntimeTrend.parse(await answerTo(commands[2]));
  const ofModel = Lineage.parse(await answerTo(commands[3])).downstream;
  const ofRun = Lineage.parse(await answerTo(commands[4])).downstream;

  const slower = run.compared_to_usual?.slower_models ?? [];
  expect(slower.map((each) => each.model_id)).toEqual([model]);
  expect(slower[0]?.difference_s).toBeCloseTo(run.compared_to_usual?.difference_s ?? 0, 1);
  const [slowest, second] = run.slowest_models;
  expect(slowest).toMatchObject({ model_id: model, on_critical_path: true });
  expect(second).toMatchObject({ on_critical_path: false });
  expect(trend.since_when?.pattern).toBe("drift");
  expect(trend.share?.of).toBe("model time of its jobs");
  const [code, upstream, refresh, ...others] = trend.since_when?.changes ?? [];
  expect([code, upstream, refresh]).toMatchObject([
    { what: "code", subject: model },
    { what: "upstream" },
    { what: "full_refresh" },
  ]);
  expect(others).toEqual([]);
  expect(ofRun?.models.map((each) => each.health_status)).toEqual(["blocked", "blocked"]);
  const [revenue, month] = ofRun?.models ?? [];
  const [exposure] = ofRun?.exposures ?? [];

  const alert = (subject: string) => {
    const found = dashboard.alerts.find((each) => each.subject === subject && each.severity === "warning");
    return `${found?.subject}: ${found?.reason}. Since ${moment(found?.since)}.`;
  };
  const claims = [
    alert("Nightly build"),
    alert(model),
    dashboard.see_to_first[0] ?? "nothing",
    `${seconds(run.runtime_s)} against the usual ${seconds(run.compared_to_usual?.usual_runtime_s)}`,
    `of the ${run.compared_to_usual?.runs_compared} runs before`,
    `${quoted(model)}: ${seconds(slower[0]?.runtime_s)}, usually ${seconds(slower[0]?.usual_runtime_s)}.`,
    `the run would have ended ${seconds(slowest?.gain_s)} earlier`,
    `${quoted(second?.model_id)}, is beside the path: ${seconds(second?.gain_s)} would be gained.`,
    `From ${seconds(trend.since_when?.before_s)} to ${seconds(trend.since_when?.after_s)}`,
    `since the run of ${moment(trend.since_when?.at)}`,
    `its code, first seen on ${moment(code?.at)}, that of ${quoted(upstream?.subject)} upstream, and a full refresh`,
    `${Math.round((trend.share?.share ?? 0) * 100)} % of the model time of its jobs`,
    `${ofModel?.model_count} models, ${ofModel?.exposure_count} exposures, ${ofModel?.test_count} tests`,
    `${quoted(revenue?.model_id)} and ${quoted(month?.model_id)} were skipped`,
    `\`${exposure?.name}\` (${exposure?.owner})`,
  ];
  for (const claim of claims) expect(investigation).toContain(claim);
  const rest = claims.reduce((left, claim) => left.replace(claim, ""), investigation);
  expect(rest).not.toMatch(/\d/);
});

it("names in the investigation the operations that its commands ask", () => {
  const asked = commands.slice(0, 5).map((command) => command.split(" ")[0]?.replaceAll("-", "_"));
  const named = [...investigation.matchAll(/calls `(\w+)`/g)].map((match) => match[1]);
  expect(named).toEqual([...new Set(asked)]);
});

describe("the page's command for CI", () => {
  it("ends with the exit code that the page says", async () => {
    const command = /^runlens (health-dashboard --fail-on \w+) .*exit code (\d+)/m.exec(text);
    const { exit, out, err } = await type(command?.[1] ?? "");
    expect(exit).toBe(EXIT_UNHEALTHY);
    expect(command?.[2]).toBe(String(exit));
    const [worst] = Dashboard.parse(JSON.parse(out)).alerts;
    expect(err).toContain(`${worst?.subject} is critical: ${worst?.reason}`);
  });
});

it("names only scripts that package.json has", () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8"));
  const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map((match) => match[1] ?? "");
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});
