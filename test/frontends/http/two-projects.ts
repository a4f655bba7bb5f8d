/**
 * Two real projects in one store, and the first of them alone: whoever may see the first has to be answered from the
 * first store as from the second.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config.ts";
import { createLog } from "../../../src/log.ts";
import { ARTIFACTS, DEMO_NOW } from "../../demo.ts";

const SHOP = join(import.meta.dirname, "../../fixtures/dbt-versions/1.10");
/** From the demo's last manifest on. */
const FROM = "2026-11-12T164133Z";

/** The project that a viewer may see, and the one that they may not. */
export const MINE = "pedal_harbour";
export const OTHER = "shop";
/** A model of the other project that one of mine is built on, as its manifest says: that much is known to who sees mine. */
export const PARENT = "model.shop.order_ratio_daily";
const CHILD = "model.pedal_harbour.mart_month_close";
/** A model of mine that one of the other project is built on. */
export const FOREIGN_PARENT = "model.pedal_harbour.fct_revenue_daily";
const FOREIGN_CHILD = "model.shop.orders_report";

interface Manifest {
  nodes: Record<string, { depends_on: { nodes: string[] }; [field: string]: unknown }>;
  parent_map: Record<string, string[]>;
  child_map: Record<string, string[]>;
}

/** The jobs have the same ids and commands in both projects: only the project tells them apart. */
const JOBS = `
    jobs:
      - { id: nightly, name: Nightly build, match: ["dbt build --target prod", "dbt build", "dbt retry"] }
      - { id: freshness, name: Source freshness, match: ["dbt source freshness --target prod", "dbt source freshness"] }
      - { id: tests, name: Yard tests, match: ["dbt test"] }`;

export interface TwoProjects {
  /** Both projects. */
  both: App;
  /** Mine alone. */
  alone: App;
  close(): Promise<void>;
}

export function openTwoProjects(): TwoProjects {
  const folder = mkdtempSync(join(tmpdir(), "runlens-two-projects-"));
  const [mine, other] = [join(folder, "mine"), join(folder, "other")];
  for (const run of readdirSync(ARTIFACTS).filter((name) => name >= FROM)) {
    cpSync(join(ARTIFACTS, run), join(mine, run), { recursive: true });
  }
  copyShop(other);
  const first = readdirSync(mine).sort()[0] ?? "";
  const [mineManifest, otherManifest] = [join(mine, first), join(other, "build")].map((run) =>
    join(run, "manifest.json"),
  ) as [string, string];
  borrow(mineManifest, otherManifest, PARENT, CHILD);
  borrow(otherManifest, mineManifest, FOREIGN_PARENT, FOREIGN_CHILD);
  const [both, alone] = [open(folder, "both", [mine, other]), open(folder, "alone", [mine])];
  return {
    both,
    alone,
    close: async () => {
      await Promise.all([both.close(), alone.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The other project's artifacts, of a day before the demo's own. */
function copyShop(to: string): void {
  for (const run of readdirSync(SHOP).filter((name) => name !== "docs" && !name.startsWith("cloud"))) {
    mkdirSync(join(to, run), { recursive: true });
    for (const file of readdirSync(join(SHOP, run))) {
      const text = readFileSync(join(SHOP, run, file), "utf8").replaceAll("2026-11-21T", "2026-11-17T");
      writeFileSync(join(to, run, file), text);
    }
  }
}

/** Lets `child` in one manifest depend on `parent`, which the other defines: a reference across projects. */
function borrow(into: string, from: string, parent: string, child: string): void {
  const manifest = read(into);
  const node = read(from).nodes[parent];
  const heir = manifest.nodes[child];
  if (node === undefined || heir === undefined) throw new Error(`no ${parent} or no ${child}`);
  manifest.nodes[parent] = { ...node, depends_on: { nodes: [] } };
  heir.depends_on.nodes.push(parent);
  manifest.parent_map[child] = [...(manifest.parent_map[child] ?? []), parent];
  manifest.parent_map[parent] = [];
  manifest.child_map[parent] = [child];
  writeFileSync(into, JSON.stringify(manifest));
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8"));
}

function open(folder: string, name: string, paths: readonly string[]): App {
  const file = join(folder, `${name}.yml`);
  writeFileSync(
    file,
    `store: ":memory:"\nnow: ${DEMO_NOW}\nsources:\n  - type: artifacts\n    id: yard\n    path: ${JSON.stringify(paths)}${JOBS}\n`,
  );
  return createApp({
    config: () => loadConfig({ config: file }, {}),
    log: createLog({ level: "ERROR" }),
    frontend: "server",
  });
}
