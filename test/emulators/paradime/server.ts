/** The emulator itself: one workspace by GraphQL, and the storage of its artifacts beside it, on this machine alone. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { refused } from "./access.ts";
import { answer, schemaOf } from "./execute.ts";
import { delayOf, type Fault, Faults, type Host } from "./faults.ts";
import { expired, json, type Reply, refusal, replacement, storageError } from "./replies.ts";
import { askedOf, nameOf, type Recorded } from "./requests.ts";
import { rootOf } from "./resolvers.ts";
import { resourceOf } from "./signing.ts";
import type { World } from "./world.ts";

export interface EmulatorOptions {
  world: World;
  /** No field of Query may be null: one that fails takes the whole answer with it. */
  strict?: boolean;
  /** Of the API; a free one where it is left out. */
  port?: number;
  /** What every answer waits, in milliseconds. */
  latencyMs?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

export interface Emulator {
  /** Of GraphQL. */
  url: string;
  storageUrl: string;
  /** In the order in which they came. */
  requests: readonly Recorded[];
  count(host?: Host): number;
  resetCounts(): void;
  /** Replaces the faults in force. */
  setFaults(faults: readonly Fault[]): void;
  /** Breaks what is under way off. */
  close(): Promise<void>;
}

const PATH = "/api/v1/harbour01/graphql";

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { world, latencyMs = 0, now = Date.now } = options;
  const schema = schemaOf(options.strict ?? false);
  const stopped = new AbortController();
  const requests: Recorded[] = [];
  let faults = new Faults([]);

  /** Records a request, lets it meet its fault, and sends what `work` answers where nothing else is. */
  async function serve(
    asked: Omit<Recorded, "status">,
    response: ServerResponse,
    work: (fault: Fault | null) => Promise<Reply> | Reply,
  ): Promise<void> {
    const recorded: Recorded = { ...asked, status: null };
    requests.push(recorded);
    const fault = faults.next(
      asked.host,
      `${asked.path} ${asked.document} ${JSON.stringify(asked.variables)}`,
    );
    const wait = latencyMs + delayOf(fault);
    if (wait > 0) await sleep(wait, undefined, { signal: AbortSignal.any([stopped.signal, gone(response)]) });
    if (fault?.kind === "reset") return void response.socket?.resetAndDestroy();
    const reply = (fault && replacement(fault, asked.host, asked.path)) ?? (await work(fault));
    recorded.status = reply.status;
    send(response, reply, fault?.kind === "cut");
  }

  async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    const asked = askedOf(text);
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const document = asked?.query ?? "";
    const recorded = {
      host: "api" as const,
      name: nameOf(document),
      path,
      document,
      variables: asked?.variables ?? null,
      headers: request.headers,
    };
    await serve(recorded, response, (fault) => {
      if (path !== PATH) return refusal(404, "Not Found");
      const no = refused(request.headers, world.credentials);
      if (no !== null) return no;
      if (asked === null) return refusal(400, "The body is no GraphQL request");
      return answer(schema, asked, rootOf({ world, storageUrl: baseOf(storageServer), now }), fault);
    });
  }

  async function storage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const id = resourceOf(url, now());
    const resource = world.runs
      .flatMap((run) => run.commands.flatMap((command) => command.resources))
      .find((one) => one.id === id);
    const name = resource?.path.split("/").at(-1) ?? "";
    const recorded = {
      host: "storage" as const,
      name,
      path: `${url.pathname}/${name}`,
      document: "",
      variables: null,
      headers: request.headers,
    };
    await serve(recorded, response, (fault) => {
      if (id === null) return expired(url.pathname);
      if (resource === undefined) return storageError(404, "NoSuchKey", url.pathname);
      const body = resource.read();
      const shown = fault?.kind === "malformed" ? `${body.slice(0, body.length / 2)}"` : body;
      return { status: 200, contentType: "binary/octet-stream", body: shown };
    });
  }

  const listening = (handle: typeof api): Server =>
    createServer((request, response) => {
      handle(request, response).catch((error: unknown) => {
        if (stopped.signal.aborted || response.destroyed) return;
        // A fault of the emulator itself, which no test may take for one of the vendor.
        console.error(error);
        send(response, json(599, { emulator: String(error) }), false);
      });
    });
  const apiServer = listening(api);
  const storageServer = listening(storage);
  await listen(storageServer, 0);
  await listen(apiServer, options.port ?? 0);
  return {
    url: `${baseOf(apiServer)}${PATH}`,
    storageUrl: baseOf(storageServer),
    requests,
    count: (host) => requests.filter((one) => host === undefined || one.host === host).length,
    resetCounts() {
      requests.length = 0;
    },
    setFaults(list) {
      faults = new Faults(list);
    },
    async close() {
      stopped.abort();
      await Promise.all([apiServer, storageServer].map(closed));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return done;
}

/** A server that listens on a port has an address of this form. */
function baseOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Ends when the client has hung up, so that nothing waits to answer it. */
function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, contentType, body, headers }: Reply, cut: boolean): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": contentType, "content-length": bytes.length, ...headers });
  if (!cut) response.end(bytes);
  // Once the half is on its way: what is destroyed at once may not be sent at all.
  else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
