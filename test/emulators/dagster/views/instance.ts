/** The instance: its version, its daemons, what it can do. */
import type { Daemon } from "../world.ts";
import { errorView, type Serving, type View } from "./view.ts";

export function instanceView({ world }: Serving): View {
  const daemons = () => world.daemons.map(daemonView);
  return {
    __typename: "Instance",
    id: "Instance",
    info: null,
    hasInfo: true,
    executablePath: "/usr/bin/python3",
    runLauncher: { name: "DefaultRunLauncher" },
    runQueuingSupported: true,
    runQueueConfig: { maxConcurrentRuns: 10, tagConcurrencyLimitsYaml: null, isOpConcurrencyAware: true },
    autoMaterializePaused: true,
    useAutoMaterializeSensors: true,
    supportsConcurrencyLimits: true,
    minConcurrencyLimitValue: 1,
    maxConcurrencyLimitValue: 1000,
    hasCapturedLogManager: true,
    freshnessEvaluationEnabled: world.freshnessEvaluation,
    daemonHealth: {
      id: "daemonHealth",
      allDaemonStatuses: daemons,
      daemonStatus: ({ daemonType }: { daemonType?: string | null }) => {
        const daemon = world.daemons.find(({ type }) => type === daemonType);
        return daemon === undefined ? null : daemonView(daemon);
      },
    },
  };
}

function daemonView({ type, required, healthy, lastHeartbeatAt, errors }: Daemon): View {
  return {
    id: type,
    daemonType: type,
    required,
    healthy,
    lastHeartbeatTime: lastHeartbeatAt,
    lastHeartbeatErrors: () => errors.map(errorView),
  };
}
