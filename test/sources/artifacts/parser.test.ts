import { statSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { mappingOf } from "../../../src/sources/artifacts/options.ts";
import { type FileTask, parseFiles } from "../../../src/sources/artifacts/parser.ts";
import { KeptLoad, newFolder, put, result, runResults } from "./support.ts";

function taskOf(paths: string[]) {
  const files = paths.map((path): FileTask => {
    const { size, mtimeMs } = statSync(path);
    return { path, label: basename(path), size, mtimeMs, scope: `file:${path}`, revision: "1", form: "json" };
  });
  return { files, histories: [], known: [], mapping: mappingOf("x", { paths: [] }), now: 0 };
}

const noHistory = async () => ({ rows: [], problem: "is not there" });

describe("the parser", () => {
  it("begins new words after a publication, because the store forgets the old ones", async () => {
    const folder = newFolder();
    const results = Array.from({ length: 15_000 }, (_, index) =>
      result({ unique_id: `model.shop.m${index}` }),
    );
    const paths = ["1", "2", "3", "4"].map((id) =>
      put(folder, `${id}/run_results.json`, runResults({ id, results })),
    );
    const load = new KeptLoad();
    let publications = 0;
    await parseFiles(taskOf(paths), {
      send: (batch) => load.send(batch),
      history: noHistory,
      progress: async (done, total) => {
        if (done === total) return false;
        await load.publish();
        publications++;
        return true;
      },
    });
    expect(publications).toBe(1);
    expect(load.publications).toEqual([1]);
    for (const { rows } of load.invocations()) {
      expect(rows.map(({ node }) => node)).toEqual(results.map((row) => Reflect.get(row, "unique_id")));
    }
  });

  it("tells how far it is in bytes", async () => {
    const folder = newFolder();
    const paths = ["1", "2"].map((id) => put(folder, `${id}/run_results.json`, runResults({ id })));
    const task = taskOf(paths);
    const seen: number[][] = [];
    await parseFiles(task, {
      send: async () => undefined,
      history: noHistory,
      progress: async (done, total, files) => {
        seen.push([done, total, files]);
        return false;
      },
    });
    const total = task.files.reduce((sum, { size }) => sum + size, 0);
    expect(seen).toEqual([[total, total, 2]]);
  });
});
