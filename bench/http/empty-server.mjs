/** The floor: one operation that does nothing, on the wiring of `runlens serve`. Says where it listens, on stdout. */
import * as z from "zod";
import { startHttpServer } from "../../src/frontends/http/server.ts";
import { createLog } from "../../src/log.ts";
import { defineOperation } from "../../src/operation.ts";

const nothing = defineOperation({
  name: "nothing",
  path: "GET /nothing",
  title: "Nothing",
  summary: "Does nothing.",
  guidance: "",
  input: z.strictObject({}),
  output: z.object({ ok: z.boolean() }),
  examples: [],
  columns: ["ok"],
  handle: async () => ({ toJSON: () => ({ ok: true }) }),
});
// The operation asks nothing of the account.
const ask = (operation, input) => operation.run(input, { account: null });
const server = await startHttpServer({
  operations: [nothing],
  resources: [],
  ask,
  askAbout: () => ask,
  log: createLog(),
  version: "1.0.0",
  host: "127.0.0.1",
  port: 0,
});
process.stdout.write(`${server.url}\n`);
