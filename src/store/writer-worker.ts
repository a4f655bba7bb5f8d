/** The thread in which the writer lives, so that loading never holds up the main loop. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { cancelled } from "../errors.ts";
import { MemoryQueries } from "./memory-queries.ts";
import {
  type Answer,
  type Call,
  type PortAck,
  type PortBatch,
  type Reply,
  type Request,
  type Signal,
  type Standing,
  toFailure,
} from "./protocol.ts";
import { Writer } from "./writer.ts";

if (parentPort === null) throw new Error("this module is the writer's thread; it is not run by itself");
const parent: MessagePort = parentPort;

// The client in this package is the only one that starts this module.
const { address, life } = workerData as { address: string | null; life: number };
const writer = new Writer({ address, life });
const queries = new MemoryQueries(writer);
const stops = new Map<number, AbortController>();
const ports = new Set<MessagePort>();
let line: Promise<unknown> = Promise.resolve();
/** The first failure of a batch that came by port: it fails the load's publication. */
let portFailure: unknown = null;

/** One after the other: a writer does one thing at a time. */
function inLine<T>(work: () => Promise<T>): Promise<T> {
  const turn = line.then(work);
  line = turn.catch(() => undefined);
  return turn;
}

function standing(): Standing {
  const memory = writer.memory;
  return { degraded: writer.degraded, memory: memory?.generation ?? null };
}

const NOTHING: Answer = { published: null, rows: null, sql: null };

/** Does what its caller may stop by the number of the request. */
async function stoppable<T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  stops.set(id, stop);
  try {
    return await work(stop.signal);
  } finally {
    stops.delete(id);
  }
}

async function perform(request: Request, id: number): Promise<Answer> {
  switch (request.type) {
    case "open":
      await inLine(() => writer.open());
      return NOTHING;
    case "batch":
      await inLine(() => writer.stage(request.batch));
      return NOTHING;
    case "port":
      listen(request.port);
      return NOTHING;
    case "publish":
      return { ...NOTHING, published: await inLine(publish) };
    case "discard":
      await inLine(discard);
      return NOTHING;
    case "invalidate":
      await inLine(() => queries.exclusively(() => writer.invalidate(request.sourceIds, request.prefix)));
      return NOTHING;
    case "degrade":
      await inLine(() => writer.degrade(request.reason));
      return NOTHING;
    case "query":
      return { ...NOTHING, rows: await stoppable(id, (signal) => queries.run(request, signal)) };
    case "sql":
      return { ...NOTHING, sql: await stoppable(id, (signal) => queries.sql(request, signal)) };
    case "close":
      await inLine(async () => {
        await queries.close();
        writer.close();
      });
      return NOTHING;
  }
}

function publish() {
  if (portFailure !== null) throw portFailure;
  return queries.exclusively(() => writer.publish());
}

async function discard(): Promise<void> {
  for (const port of ports) port.close();
  ports.clear();
  portFailure = null;
  await writer.discard();
}

/** Takes batches that do not pass through the main thread. */
function listen(port: MessagePort): void {
  ports.add(port);
  port.on("message", ({ batch }: PortBatch) => {
    const post = (ack: PortAck): void => port.postMessage(ack);
    inLine(() => {
      // A batch of a load that has ended must not slip into the next one.
      if (!ports.has(port)) throw cancelled();
      return writer.stage(batch);
    }).then(
      () => post({ type: "ack" }),
      (error: unknown) => {
        if (ports.has(port)) portFailure ??= error;
        post({ type: "failed", failure: toFailure(error) });
      },
    );
  });
}

parent.on("message", (message: Call | Signal) => {
  if ("type" in message) {
    if (message.type === "cancel") writer.cancel();
    else stops.get(message.id)?.abort();
    return;
  }
  const { id, request } = message;
  const reply = (rest: { answer: Answer } | { failure: ReturnType<typeof toFailure> }): void => {
    const whole: Reply = { id, standing: standing(), ...rest };
    parent.postMessage(whole);
    if (request.type === "close") parent.close();
  };
  perform(request, id).then(
    (answer) => reply({ answer }),
    (error: unknown) => reply({ failure: toFailure(error) }),
  );
});
