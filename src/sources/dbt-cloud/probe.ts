/** Asks both APIs whether they take the token: one that is good for the one may be nothing to the other. */
import { RunlensError } from "../../errors.ts";
import type { Probe } from "../source.ts";
import type { Endpoints } from "./hosts.ts";
import type { CloudPlatform } from "./visit.ts";

interface Found {
  ok: boolean;
  said: string;
  hint: string | null;
}

async function found(name: string, address: string, ask: () => Promise<string>): Promise<Found> {
  try {
    return { ok: true, said: `${name}: ${await ask()}`, hint: null };
  } catch (error) {
    if (!(error instanceof RunlensError)) throw error;
    return { ok: false, said: `${name} at ${address}: ${error.code}, ${error.message}`, hint: error.hint };
  }
}

/** The permission of Discovery shows only in an environment; the admin API tells one. */
export async function probeBoth(
  { admin, discovery }: CloudPlatform,
  endpoints: Endpoints,
  signal: AbortSignal,
): Promise<Probe> {
  let environmentId: string | null = null;
  const first = await found("Admin API", endpoints.admin, async () => {
    const { rows, total } = await admin.projects(signal);
    const environments = rows.flatMap((project) => project.environments ?? []);
    const chosen = environments.find((one) => one.deployment_type === "production") ?? environments[0];
    environmentId = chosen?.id ?? null;
    const count = total ?? rows.length;
    return `${count} ${count === 1 ? "project" : "projects"}`;
  });
  const second = await found("Discovery API", endpoints.discovery, async () => {
    await discovery.probe(environmentId, signal);
    return environmentId === null ? "reachable" : "may be read";
  });
  const hints = [first.hint, second.hint].filter((hint) => hint !== null);
  return {
    ok: first.ok && second.ok,
    summary: `${first.said}; ${second.said}`,
    hint: hints.length === 0 ? null : [...new Set(hints)].join(" "),
  };
}
