import { execFileSync } from "node:child_process";
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderOf } from "../../src/store/layout.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { Writer } from "../../src/store/writer.ts";
import { damageColumn } from "./damage.ts";
import { LoadRows } from "./rows.ts";
import { ask, askList, publish, type TestStore, temporaryFolder, testStore } from "./stores.ts";

const one = (id: string): LoadRows =>
  new LoadRows().invocation({ invocation: { invocation_id: id }, executions: [{ node: "model.shop.a" }] });

const IDS = "SELECT invocation_id FROM invocations ORDER BY 1";

/** A store with one published invocation, closed. */
async function written(): Promise<{ address: string; folder: string; file: string }> {
  const address = join(temporaryFolder(), "store");
  const store = await testStore({ address });
  const { generation } = await publish(store, one("i1"));
  await store.close();
  return { address, folder: folderOf(address), file: join(folderOf(address), `${generation}.duckdb`) };
}

/** Expects the store to live in memory from now on, and to have said so once. */
async function expectMemory(store: TestStore, words: RegExp, ids: string[]): Promise<void> {
  await publish(store, one("i2"));
  await publish(store, one("i3"));
  expect(await askList(store, IDS)).toEqual([...ids, "i2", "i3"]);
  expect(store.state).toMatchObject({ mode: "memory", degraded: expect.stringMatching(words) });
  expect(store.warnings).toEqual([store.state.degraded]);
}

describe("a store turns to memory and says so when", () => {
  test("a load finds its folder beneath a file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    await expectMemory(await testStore({ address: join(file, "store") }), /cannot be used/, []);
  });

  test("a question finds its folder beneath a file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const store = await testStore({ address: join(file, "store") });
    expect(await askList(store, IDS)).toEqual([]);
    expect(store.state.mode).toBe("memory");
    await expectMemory(store, /cannot be used/, []);
  });

  test("its folder belongs to another user", async (context) => {
    if (process.getuid?.() !== 0) return context.skip("only root can give a folder away");
    const { address, folder } = await written();
    chownSync(folder, 12_345, 12_345);
    await expectMemory(await testStore({ address }), /belongs to another user/, []);
    chownSync(folder, 0, 0);
  });

  test("its folder is read-only, keeping the facts that can be read", async (context) => {
    const { address, folder } = await written();
    if (!tryRun("mount", ["--bind", folder, folder])) return context.skip("mount is not permitted here");
    onTestFinished(() => void tryRun("umount", [folder]));
    expect(tryRun("mount", ["-o", "remount,bind,ro", folder])).toBe(true);
    const store = await testStore({ address });
    expect(await askList(store, IDS)).toEqual(["i1"]);
    expect(store.state.mode).toBe("file");
    await expectMemory(store, /cannot be used/, ["i1"]);
  });

  test("its disk is full, keeping the facts that can be read", async (context) => {
    const address = temporaryFolder();
    if (!tryRun("mount", ["-t", "tmpfs", "-o", "size=9m", "tmpfs", address])) {
      return context.skip("mount is not permitted here");
    }
    onTestFinished(() => void tryRun("umount", [address]));
    const store = await testStore({ address });
    await publish(store, one("i1"));
    const executions = Array.from({ length: 300_000 }, (_, n) => ({
      node: `model.shop.m${n % 1000}`,
      runtime_s: Math.sin(n) * 1000,
      message: `${n} ${Math.cos(n)}`,
    }));
    const rows = new LoadRows().invocation({ invocation: { invocation_id: "big" }, executions });
    const { added } = await publish(store, rows);
    expect(added.executions).toBe(300_000);
    expect(store.state.degraded).toMatch(/full/);
    expect(await ask(store, "SELECT count(*) AS n FROM executions")).toEqual([{ n: 300_001 }]);
    expect(readdirSync(folderOf(address)).filter((name) => name.endsWith(".duckdb"))).toHaveLength(1);
    await store.close();
    const later = await testStore({ address });
    expect(await askList(later, IDS)).toEqual(["i1"]);
  });

  test("its pointer is damaged", async () => {
    const { address, folder } = await written();
    writeFileSync(join(folder, "CURRENT"), "g-1-");
    const store = await testStore({ address });
    expect(await askList(store, IDS)).toEqual([]);
    await expectMemory(store, /CURRENT is damaged.*Run `runlens cache clear store` to start a new store/, []);
    expect(readFileSync(join(folder, "CURRENT"), "utf8")).toBe("g-1-");
  });

  test("its pointer names a file that is not there", async () => {
    const { address, folder } = await written();
    writeFileSync(join(folder, "CURRENT"), "g-7-abcdef.duckdb\n\n");
    await expectMemory(await testStore({ address }), /g-7-abcdef.duckdb is damaged/, []);
  });

  test.each([
    ["cut off", 5000],
    ["empty", 0],
    ["cut off behind its header", 500_000],
  ])("a question finds its generation %s", async (_, size) => {
    const { address, file } = await written();
    truncateSync(file, size);
    const store = await testStore({ address });
    expect(await askList(store, IDS)).toEqual([]);
    await expectMemory(store, /is damaged and was left as it is/, []);
    expect(readFileSync(file).length).toBe(size);
  });

  test("a load finds its generation cut off", async () => {
    const { address, folder, file } = await written();
    truncateSync(file, 5000);
    await expectMemory(await testStore({ address }), /is damaged and was left as it is/, []);
    expect(readdirSync(folder).filter((name) => name.endsWith(".duckdb"))).toHaveLength(1);
  });

  test("a query comes upon rubbish in the midst of its generation", async () => {
    const address = join(temporaryFolder(), "store");
    const first = await testStore({ address });
    // Enough text for blocks of its own, which nothing but the query needs.
    const executions = Array.from({ length: 20_000 }, (_, n) => ({
      node: "model.shop.a",
      message: `line ${n}: ${Math.sin(n)}`,
    }));
    const { generation } = await publish(first, new LoadRows().invocation({ executions }));
    await first.close();
    const file = join(folderOf(address), `${generation}.duckdb`);
    await damageColumn(file, "executions", "message");
    const store = await testStore({ address });
    const failed = ask(store, "SELECT count(DISTINCT message) FROM executions");
    await expect(failed).rejects.toMatchObject({ code: "CONFIG", message: expect.stringMatching(/damaged/) });
    await expectMemory(store, /damaged/, []);
  });

  test("its generation holds rubbish", async () => {
    const { address, file } = await written();
    writeFileSync(file, readFileSync(file).fill(7, 4096));
    await expectMemory(await testStore({ address }), /damaged/, []);
  });

  test.each(["a question", "a load"])("%s finds it written by a newer version", async (first) => {
    const { address, file } = await written();
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run(`UPDATE meta SET value = '${SCHEMA_VERSION + 1}' WHERE name = 'schema_version'`);
    connection.closeSync();
    instance.closeSync();
    const store = await testStore({ address });
    if (first === "a question") expect(await askList(store, IDS)).toEqual([]);
    await expectMemory(store, /newer runlens/, []);
  });
});

test("a copy that fails for want of space leaves the folder as it was", async () => {
  const { address, folder } = await written();
  const before = readdirSync(folder);
  const writer = new Writer({
    address,
    copy: (from, to) => {
      copyFileSync(from, to);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  });
  await writer.stage(one("i2").batch());
  const published = await writer.publish();
  expect(published.added.invocations).toBe(1);
  expect(writer.degraded).toMatch(/full/);
  writer.close();
  expect(readdirSync(folder)).toEqual(before);
});

test("all stores of a process on one folder turn to memory together and share it", async () => {
  const { address, folder } = await written();
  const [one_, other] = [await testStore({ address }), await testStore({ address })];
  writeFileSync(join(folder, "CURRENT"), "?");
  await publish(one_, one("i5"));
  expect(await askList(other, IDS)).toEqual(["i5"]);
  expect(other.state.degraded).toMatch(/damaged/);
});

test("a store in memory keeps nothing on disk", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "work"));
  const store = await testStore({ address: ":memory:" });
  const { generation } = await publish(store, one("i1"));
  expect(generation).toBe("m-0-1");
  expect((await publish(store, one("i1"))).generation).toBe(generation);
  expect(store.state).toEqual({ mode: "memory", location: ":memory:", degraded: null });
  expect(store.warnings).toEqual([]);
});

/** The block in which DuckDB keeps the first values of a column. */
function tryRun(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("a generation in memory never has the name of one of an earlier writer", async () => {
  const names = new Set<string | undefined>();
  for (let life = 0; life < 2; life++) {
    const writer = new Writer({ address: null, life });
    await writer.open();
    await writer.stage(one("i1").batch());
    expect((await writer.publish()).generation).toBe(writer.memory?.generation);
    names.add(writer.memory?.generation);
    writer.close();
  }
  expect(names.size).toBe(2);
});
