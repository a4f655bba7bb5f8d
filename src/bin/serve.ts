/** Composition of the server over HTTP: who may ask, what is written down, and what is counted. */
import type { App } from "../app.ts";
import type { HttpFlags } from "../frontends/cli/serve-commands.ts";
import { accessBy } from "../frontends/http/access/settings.ts";
import { createAudit, fileSink, stderrSink } from "../frontends/http/audit.ts";
import { createMetrics } from "../frontends/http/metrics.ts";
import { startHttpServer } from "../frontends/http/server.ts";
import type { McpOptions } from "../frontends/mcp.ts";
import { createShutdown } from "../frontends/shutdown.ts";
import { createLog, type Log } from "../log.ts";
import { systemClock } from "../sync/clock.ts";
import { workAtHand } from "../telemetry.ts";

export interface ServeOptions extends Pick<McpOptions, "operations" | "resources" | "version"> {
  http: HttpFlags;
  open: (log: Log) => App;
}

/** Listens until the process is told to end; gives the address. */
export async function serve({ operations, resources, version, http, open }: ServeOptions): Promise<string> {
  const clock = systemClock();
  const log = createLog({ format: http.logFormat, now: () => clock.now(), context: workAtHand });
  const app = open(log);
  // A server whose settings are wrong does not start: it would be open, or answer nobody.
  const { server: settings, logLevel } = await app.config();
  log.setLevel(logLevel);
  const access = await accessBy(settings, { clock, log });
  const audit = createAudit(settings.audit === undefined ? stderrSink : fileSink(settings.audit, log), clock);
  const metrics = createMetrics(async () => {
    const { storeBytes } = await import("../maintenance.ts");
    return storeBytes(await app.storeState());
  });
  const shutdown = createShutdown(async () => {
    await server.close();
    metrics.close();
    await Promise.all([app.close(), audit.close()]);
  }, log);
  const server = await startHttpServer({
    operations,
    resources,
    ask: app.ask,
    askAbout: app.askAbout,
    log,
    version,
    ...http,
    access,
    names: settings.publicUrl === undefined ? [] : [new URL(settings.publicUrl).hostname],
    metrics: metrics.text,
    onAsked(asked) {
      audit.asked(asked);
      metrics.asked(asked);
    },
    onRefused(refused) {
      audit.refused(refused);
      metrics.refused(refused);
    },
    onResponded(responded) {
      metrics.responded(responded);
      const { who, ...fields } = responded;
      log.info("http", who === null ? fields : { ...fields, caller: who });
    },
  });
  if (shutdown.signal.aborted) await server.close();
  return server.url;
}
