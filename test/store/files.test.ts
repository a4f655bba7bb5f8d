import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderOf, lockPath } from "../../src/store/layout.ts";
import { takeLock } from "../../src/store/lock.ts";
import { LoadRows } from "./rows.ts";
import { ask, publish, temporaryFolder, testStore } from "./stores.ts";

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("folder and files belong to their owner alone", async () => {
  const address = join(temporaryFolder(), "store");
  const folder = folderOf(address);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const store = await testStore({ address });
  await publish(store, new LoadRows().invocation({}));
  await publish(store, new LoadRows().invocation({ invocation: { invocation_id: "i2" } }));
  expect(mode(folder)).toBe("700");
  const names = readdirSync(folder);
  expect(names).toContain("CURRENT");
  for (const name of names) expect({ [name]: mode(join(folder, name)) }).toEqual({ [name]: "600" });
});

test("a new folder is made for its owner alone", async () => {
  const address = join(temporaryFolder(), "deep", "store");
  await publish(await testStore({ address }), new LoadRows().invocation({}));
  expect(mode(address)).toBe("700");
});

test("the current and the previous generation stay, left-overs of dead writers go", async () => {
  const address = join(temporaryFolder(), "store");
  const folder = folderOf(address);
  const store = await testStore({ address });
  const first = await publish(store, new LoadRows().invocation({}));
  const leftOvers = ["g-9-abcdef.duckdb", "g-9-abcdef.duckdb.wal", "CURRENT.0123.tmp"];
  for (const name of leftOvers) writeFileSync(join(folder, name), "half");
  writeFileSync(join(folder, "notes.txt"), "not ours");
  const second = await publish(store, new LoadRows().invocation({ invocation: { invocation_id: "i2" } }));
  expect(readdirSync(folder).sort()).toEqual(
    [
      "CURRENT",
      `${first.generation}.duckdb`,
      `${second.generation}.duckdb`,
      "notes.txt",
      "writer.lock",
    ].sort(),
  );
  expect(readFileSync(join(folder, "CURRENT"), "utf8")).toBe(
    `${second.generation}.duckdb\n${first.generation}.duckdb\n`,
  );
  expect(await ask(store, "SELECT count(*) AS n FROM invocations")).toEqual([{ n: 2 }]);
});

test("a writer waits for the mutex of another process, and gives up with a hint", async () => {
  const folder = temporaryFolder();
  const never = new AbortController().signal;
  (await takeLock(folder, never)).release();
  const release = await holdElsewhere(lockPath(folder));
  await expect(takeLock(folder, never, 50)).rejects.toMatchObject({ code: "OVERLOADED" });
  const abort = new AbortController();
  const waiting = expect(takeLock(folder, abort.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  abort.abort();
  await waiting;
  const patient = takeLock(folder, never);
  await release();
  (await patient).release();
});

/** Holds the lock in a process of its own until it is killed. */
async function holdElsewhere(path: string): Promise<() => Promise<void>> {
  const script = `import { DuckDBInstance } from "@duckdb/node-api";
    await DuckDBInstance.create(${JSON.stringify(path)});
    process.stdout.write("held");
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return async () => {
    const ended = once(holder, "exit");
    holder.kill("SIGKILL");
    await ended;
  };
}
