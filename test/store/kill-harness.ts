/**
 * A process for the concurrency test: `ingest <address> <name> <step>` writes one invocation after the other
 * until it is killed (`step` names where it kills itself, `-` nowhere), `ask <address>` reads until its input
 * ends. Both speak in lines on standard output; an invocation's id tells how many executions it must have.
 */
import { writeSync } from "node:fs";
import { openStore } from "../../src/store/open.ts";
import { Writer } from "../../src/store/writer.ts";
import { LoadRows } from "./rows.ts";

/** Written at once: a line that waits in a buffer dies with the process. */
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function ingest(address: string, name: string, step: string): Promise<never> {
  const doomed = 1 + Math.floor(Math.random() * 2);
  let published = 0;
  const writer = new Writer({
    address,
    trace: (reached) => {
      if (reached === step && published + 1 === doomed) process.kill(process.pid, "SIGKILL");
    },
  });
  for (;;) {
    const size = 1 + Math.floor(Math.random() * 3000);
    const id = `${name}-${process.pid}-${published}:${size}`;
    const executions = Array.from({ length: size }, (_, n) => ({ node: `model.shop.m${n}`, runtime_s: n }));
    const nodes = Array.from({ length: 50 }, (_, n) => ({ unique_id: `model.shop.m${n}`, checksum: id }));
    const rows = new LoadRows().invocation({ invocation: { invocation_id: id }, executions });
    if (published % 2 === 0) rows.definitions({ nodes, generated_at: Date.now() * 1000 });
    await writer.stage(rows.ledger({ scope: name, revision: id }).batch());
    await writer.publish();
    if (writer.degraded !== null) throw new Error(writer.degraded);
    say(`ack ${id}`);
    published++;
  }
}

const CHECK = `SELECT count(*) AS invocations, count(DISTINCT invocation_id) AS ids,
    count(*) FILTER (WHERE CAST(split_part(invocation_id, ':', 2) AS BIGINT) <> coalesce(size, 0)) AS partial
  FROM invocations LEFT JOIN (SELECT invocation_key, count(*) AS size, count(DISTINCT node_key) AS nodes
    FROM executions GROUP BY ALL) USING (invocation_key)`;

async function ask(address: string): Promise<void> {
  let going = true;
  process.stdin.on("end", () => {
    going = false;
  });
  process.stdin.resume();
  const store = await openStore({
    address,
    sourceIds: ["test"],
    warn: (message) => say(`error warned: ${message}`),
  });
  let answers = 0;
  let most = 0;
  const generations = new Set<string>();
  while (going) {
    const snapshot = await store.snapshot();
    const [row] = await snapshot.query(CHECK);
    snapshot.release();
    const invocations = Number(row?.invocations);
    if (invocations < most) say(`error ${most} invocations became ${invocations}`);
    if (row?.ids !== invocations || row.partial !== 0) say(`error ${JSON.stringify(row)}`);
    most = invocations;
    answers++;
    generations.add(snapshot.generation);
    // Leaves the two cores to the writers, who are what is tested.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await store.close();
  say(`answers ${answers} generations ${generations.size}`);
}

const [, , what = "", address = "", name = "", step = ""] = process.argv;
try {
  await (what === "ask" ? ask(address) : ingest(address, name, step));
} catch (error) {
  say(`error ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
