/** The examples of docs/http.md and README.md are real: each is asked of a server on the demo data, and answers what is shown. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type HttpServer, startHttpServer } from "../src/frontends/http/server.ts";
import { operations } from "../tools/index.ts";
import { type Demo, openDemo } from "./demo.ts";
import { keptLog } from "./frontends/fake.ts";

const text = readFileSync(join(import.meta.dirname, "../docs/http.md"), "utf8");

/** A command of the page, and the block that stands below it. */
const examples = [...text.matchAll(/```sh\n(curl .*)\n```\n\n```(json|http)\n([\s\S]*?)```/g)].map(
  ([, command = "", kind = "", shown = ""]) => ({ command, kind, shown }),
);

let demo: Demo;
let server: HttpServer;
beforeAll(async () => {
  demo = openDemo();
  server = await startHttpServer({
    operations,
    resources: [],
    ask: demo.app.ask,
    askAbout: demo.app.askAbout,
    log: keptLog().log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
  });
});
afterAll(async () => {
  await server.close();
  await demo.close();
});

/** Asks as curl does with the options that the page uses; any other is an error of this test. */
function asCurl(command: string): Promise<Response> {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
  const request: RequestInit & { headers: Record<string, string> } = { headers: {} };
  let address = "";
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-i") continue;
    if (word === "-H") {
      const [name = "", value = ""] = (words[++at] ?? "").split(": ");
      request.headers[name] = value;
    } else if (word === "-d") {
      request.method = "POST";
      request.body = words[++at] ?? "";
    } else if (word.startsWith("http://127.0.0.1:3333/"))
      address = word.replace("http://127.0.0.1:3333", server.url);
    else throw new Error(`${word} of ${command}`);
  }
  return fetch(address, request);
}

it("has every command with its answer", () => {
  expect(examples.length).toBe(text.match(/^curl /gm)?.length);
  expect(examples.length).toBeGreaterThanOrEqual(5);
});

describe.each(examples)("$command", ({ command, kind, shown }) => {
  it("answers what the page shows", async () => {
    const response = await asCurl(command);
    if (kind === "json") {
      expect(await response.json()).toMatchObject(JSON.parse(shown));
      return;
    }
    const [status = "", ...headers] = shown.trim().split("\n");
    expect(status).toBe(`HTTP/1.1 ${response.status} ${response.statusText}`);
    for (const line of headers) {
      const [name = "", value = ""] = line.split(/: (.*)/s);
      // An ellipsis stands for a cursor.
      expect(response.headers.get(name)?.replace(/cursor=[\w-]+/, "cursor=…")).toBe(value);
    }
  });
});

it("says how to have every item once: by the links, until there is none", async () => {
  const Page = z.object({ items: z.array(z.object({ model_id: z.string() })) });
  const idsAt = async (response: Response) =>
    Page.parse(await response.json()).items.map(({ model_id }) => model_id);
  const path = "/api/v1/models?fields=model_id";
  const all = await idsAt(await fetch(`${server.url}${path}&limit=1000`));
  const seen: string[] = [];
  for (let next: string | undefined = `${path}&limit=4`; next !== undefined; ) {
    expect(seen.length).toBeLessThanOrEqual(all.length);
    const response: Response = await fetch(`${server.url}${next}`);
    seen.push(...(await idsAt(response)));
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  expect(all.length).toBeGreaterThan(20);
  expect(seen).toEqual(all);
});

it("has a first page whose questions are answered too", async () => {
  const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const commands = readme.match(/^curl 'http.*$/gm) ?? [];
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) expect((await asCurl(command)).status).toBe(200);
});

it("names every path", () => {
  for (const { path } of operations) expect(text).toContain(`\`${path.replace(" ", " /api/v1")}\``);
});
