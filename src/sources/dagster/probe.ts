/** Whether a deployment answers, and what it has, for `runlens doctor`. */
import { RunlensError } from "../../errors.ts";
import type { Probe } from "../source.ts";
import { labelOf, objectOf } from "../wire/loose.ts";
import { type DagsterApi, objectsOf } from "./api.ts";
import { PROBE_DOCUMENT } from "./documents.ts";

export async function probeDeployment(api: DagsterApi, url: string, signal: AbortSignal): Promise<Probe> {
  try {
    const data = await api.ask(PROBE_DOCUMENT, {}, signal);
    const workspace = api.memberOf(data, "workspaceOrError", "Workspace");
    const entries = objectsOf(workspace.locationEntries);
    const broken = entries.filter(
      (entry) => objectOf(entry.locationOrLoadError).__typename === "PythonError",
    );
    const names = broken.map(({ name }) => String(name)).join(", ");
    const locations = `${entries.length} code ${entries.length === 1 ? "location" : "locations"}`;
    const state = broken.length === 0 ? locations : `${locations}, of which ${names} did not load`;
    return { ok: true, summary: `Dagster ${labelOf(data.version) ?? ""} at ${url}: ${state}`, hint: null };
  } catch (error) {
    if (!(error instanceof RunlensError)) throw error;
    return { ok: false, summary: `Dagster at ${url}: ${error.code}, ${error.message}`, hint: error.hint };
  }
}
