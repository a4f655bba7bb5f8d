"""Makes the last signs of life of the daemon two hours older, as if it had been down since then."""

import dagster as dg

TWO_HOURS = 7_200

with dg.DagsterInstance.get() as instance:
    for heartbeat in instance.get_daemon_heartbeats().values():
        instance.add_daemon_heartbeat(heartbeat._replace(timestamp=heartbeat.timestamp - TWO_HOURS))
