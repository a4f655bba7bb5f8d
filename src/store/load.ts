/** One load as its caller sees it: dead once it was cancelled or has ended. */
import type { MessagePort } from "node:worker_threads";
import { cancelled } from "../errors.ts";
import type { Load, Published } from "./port.ts";
import type { Batch } from "./units.ts";
import type { WriterClient } from "./writer-client.ts";

/** Runs `work` with a load on `client`; leaves nothing staged behind, whatever happens. */
export async function runLoad<T>(
  client: WriterClient,
  work: (load: Load) => Promise<T>,
  signal: AbortSignal | undefined,
  published: () => void,
): Promise<T> {
  let over = false;
  const ports: MessagePort[] = [];
  const alive = (): void => {
    if (over) throw cancelled(signal?.reason);
  };
  const load: Load = {
    send: async (batch: Batch) => {
      alive();
      await client.send({ type: "batch", batch });
    },
    port: () => {
      alive();
      const port = client.port();
      ports.push(port);
      return port;
    },
    publish: async (): Promise<Published> => {
      alive();
      const result = await client.publish();
      published();
      return result;
    },
  };
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      over = true;
      client.cancel();
      reject(cancelled(signal?.reason));
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  // It is looked at below, but only if the load gets that far.
  stopped.catch(() => undefined);
  try {
    return await Promise.race([work(load), stopped]);
  } finally {
    over = true;
    signal?.removeEventListener("abort", stop);
    for (const port of ports) port.close();
    await client.discard();
  }
}
