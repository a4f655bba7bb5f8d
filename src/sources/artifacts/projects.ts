/**
 * Which dbt project an artifact is of. A manifest says so; results do not, so that the manifest beside them, or
 * the nearest one before them, tells.
 */
import { dirname } from "node:path";
import type { ProjectRow } from "../../store/units.ts";
import type { PackageCounts } from "../dbt/packages.ts";
import { nearestInTime } from "../dbt/times.ts";
import { labelOf, type WireObject } from "../wire/loose.ts";
import type { Mapping } from "./options.ts";

/** What is known of a manifest without reading its nodes. Times are epoch microseconds. */
export interface ManifestHead {
  path: string;
  project: string;
  adapter: string | null;
  invocation_id: string | null;
  generated_at: number;
}

/** All manifests that are known, to tell the project of results. */
export class Projects {
  readonly #byInvocation = new Map<string, ManifestHead>();
  readonly #byFolder = new Map<string, ManifestHead[]>();
  readonly #byProject = new Map<string, ManifestHead[]>();

  constructor(heads: readonly ManifestHead[]) {
    for (const head of [...heads].sort((a, b) => a.generated_at - b.generated_at)) {
      if (head.invocation_id !== null) this.#byInvocation.set(head.invocation_id, head);
      append(this.#byFolder, dirname(head.path), head);
      append(this.#byProject, head.project, head);
    }
  }

  /** The manifest that tells the project of results with these packages: its own, its neighbour, the nearest. */
  manifestOf(
    invocationId: string | null,
    path: string,
    at: number,
    packages: PackageCounts,
  ): ManifestHead | null {
    const own = invocationId === null ? undefined : this.#byInvocation.get(invocationId);
    if (own) return own;
    const beside = nearestInTime(this.#byFolder.get(dirname(path)) ?? [], at);
    if (beside) return beside;
    const candidates = [...packages.keys()].flatMap((name) => this.#byProject.get(name) ?? []);
    const only =
      this.#byProject.size === 1 && packages.size === 0 ? [...this.#byProject.values()].flat() : [];
    return nearestInTime([...candidates, ...only], at);
  }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** The project row of an artifact of the dbt project `name` (null where nothing tells). */
export function projectRow(
  name: string | null,
  adapter: string | null,
  env: WireObject,
  mapping: Mapping,
): ProjectRow {
  // dbt's name first: one project's artifacts may come from the platform and from elsewhere.
  const id = mapping.projectId ?? name ?? labelOf(env.DBT_CLOUD_PROJECT_ID) ?? "unknown";
  return {
    project_id: id,
    name: name ?? id,
    dbt_project_name: name,
    adapter_type: adapter,
    url: null,
    created_at: null,
    updated_at: null,
  };
}
