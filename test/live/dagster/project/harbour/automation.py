"""Schedules and sensors: each tick has a different end."""

import dagster as dg

from harbour.jobs import count_boats

RUNNING_SCHEDULE = dg.DefaultScheduleStatus.RUNNING
RUNNING_SENSOR = dg.DefaultSensorStatus.RUNNING


@dg.schedule(job=count_boats, cron_schedule="* * * * *", default_status=RUNNING_SCHEDULE)
def every_minute() -> dg.RunRequest:
    """Asks for a run at each tick."""
    return dg.RunRequest(tags={"watch": "morning"})


@dg.schedule(job=count_boats, cron_schedule="* * * * *", default_status=RUNNING_SCHEDULE)
def out_of_season() -> dg.SkipReason:
    return dg.SkipReason("The harbour is closed in winter.")


@dg.schedule(job=count_boats, cron_schedule="* * * * *", default_status=RUNNING_SCHEDULE)
def lost_almanac() -> dg.RunRequest:
    raise FileNotFoundError("There is no almanac.")


@dg.sensor(job=count_boats, minimum_interval_seconds=5, default_status=RUNNING_SENSOR)
def buoy() -> dg.RunRequest:
    """Asks for the same run again and again: the first tick gets it, the later ones are skipped."""
    return dg.RunRequest(run_key="only once")


@dg.sensor(job=count_boats, minimum_interval_seconds=5, default_status=RUNNING_SENSOR)
def foghorn() -> dg.RunRequest:
    try:
        _ = int("thick fog")
    except ValueError as error:
        raise RuntimeError("The foghorn is stuck.") from error


SCHEDULES = [every_minute, out_of_season, lost_almanac]
SENSORS = [buoy, foghorn]
