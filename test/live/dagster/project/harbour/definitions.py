"""What the code location `harbour` holds."""

import dagster as dg

from harbour.assets import ASSETS as assets
from harbour.assets import audit, berth_night, nightly_berths, repairs
from harbour.automation import SCHEDULES, SENSORS
from harbour.checks import CHECKS as checks
from harbour.jobs import JOBS

stopped_nightly = dg.ScheduleDefinition(
    name="stopped_nightly", job=nightly_berths, cron_schedule="0 2 * * *", execution_timezone="Europe/Lisbon"
)

# One process a run unless a job says otherwise: a process for each step would take seconds each.
defs = dg.Definitions(
    assets=assets,
    asset_checks=checks,
    jobs=[*JOBS, nightly_berths, audit, berth_night, repairs],
    executor=dg.in_process_executor,
    schedules=[*SCHEDULES, stopped_nightly],
    sensors=SENSORS,
)
