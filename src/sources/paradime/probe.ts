/** Whether a workspace takes the key, for `runlens doctor`. */
import { RunlensError } from "../../errors.ts";
import type { Probe } from "../source.ts";
import type { BoltApi } from "./api.ts";

export async function probeWorkspace(api: BoltApi, host: string, signal: AbortSignal): Promise<Probe> {
  try {
    const total = await api.probe(signal);
    const schedules =
      total === null ? "reachable" : `${total} Bolt ${total === 1 ? "schedule" : "schedules"}`;
    return { ok: true, summary: `Paradime at ${host}: ${schedules}`, hint: null };
  } catch (error) {
    if (!(error instanceof RunlensError)) throw error;
    return { ok: false, summary: `Paradime at ${host}: ${error.code}, ${error.message}`, hint: error.hint };
  }
}
