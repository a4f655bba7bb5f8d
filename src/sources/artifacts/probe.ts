/** What `runlens doctor` says of the artifacts. */
import { basename } from "node:path";
import { type Kind, kindByName, readHead } from "../dbt/kinds.ts";
import type { Probe } from "../source.ts";
import { codeOf, type Listing } from "./files.ts";
import { nothingThere } from "./source.ts";

/** Files whose beginnings are read; of a larger archive the newest are enough to see what it is. */
const LOOKED_AT = 200;

const KINDS_IN_ORDER = ["manifest", "results", "sources", "catalog"] as const satisfies readonly Kind[];

const NAMES: Readonly<Record<Kind, [one: string, many: string]>> = {
  manifest: ["manifest", "manifests"],
  results: ["run_results", "run_results"],
  sources: ["sources (freshness)", "sources (freshness)"],
  catalog: ["catalog", "catalogs"],
};

export function probeFiles({ files, problems }: Listing, paths: readonly string[]): Probe {
  const histories = files.filter(({ form }) => form === "history").length;
  const newest = files
    .filter(({ form }) => form === "json")
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(0, LOOKED_AT);
  const counts = new Map<Kind, number>();
  const broken = [...problems];
  let newestAt = 0;
  for (const file of newest) {
    try {
      const head = readHead(file.path, basename(file.path));
      if (head.kind === "broken") broken.push(`${file.label} ${head.problem}`);
      else if (head.kind !== "foreign") {
        counts.set(head.kind, (counts.get(head.kind) ?? 0) + 1);
        newestAt = Math.max(newestAt, file.mtimeMs);
      }
    } catch (error) {
      if (kindByName(basename(file.path))) broken.push(`${file.label} could not be read (${codeOf(error)})`);
    }
  }
  if (counts.size === 0 && histories === 0) {
    return {
      ok: false,
      summary: broken[0] ?? nothingThere(paths),
      hint: "Set DBT_ARTIFACTS_PATH to the absolute path of a folder that dbt has written to, usually target/.",
    };
  }
  const found = KINDS_IN_ORDER.flatMap((kind) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [`${count} ${NAMES[kind][count === 1 ? 0 : 1]}`];
  });
  if (histories > 0)
    found.push(histories === 1 ? "1 run history of dbt 2" : `${histories} run histories of dbt 2`);
  const among =
    files.length - histories > newest.length
      ? ` among the newest ${newest.length} of ${files.length} files`
      : "";
  const age = newestAt === 0 ? "" : `, the newest of ${new Date(newestAt).toISOString()}`;
  const summary = `${found.join(", ")}${among}${age}`;
  if (broken.length === 0) return { ok: true, summary, hint: null };
  const more = broken.length > 3 ? ` and ${broken.length - 3} more` : "";
  return { ok: true, summary, hint: `Could not be read: ${broken.slice(0, 3).join("; ")}${more}.` };
}
