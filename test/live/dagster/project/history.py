"""Runs jobs and assets of the definitions in a module, `history.py MODULE`, in this process, as a developer does."""

import sys
from importlib import import_module
from types import ModuleType

import dagster as dg

JOBS = ["count_boats", "survey_basin", "count_boats", "collect_fees", "fetch_forecast", "inspect_boats"]
NIGHTLY = [["raw", "berths"], ["raw", "bookings"], ["clean_bookings"]]


def materialize(harbour: ModuleType, instance: dg.DagsterInstance, *keys: list[str], day: str | None = None) -> None:
    dg.materialize(
        [*harbour.assets, *harbour.checks],
        selection=dg.AssetSelection.keys(*map(dg.AssetKey, keys)),
        partition_key=day,
        instance=instance,
        raise_on_error=False,
    )


def make_history(harbour: ModuleType, instance: dg.DagsterInstance) -> None:
    materialize(harbour, instance, ["fuel_sales"], ["water_sales"])
    for day in ("2026-01-01", "2026-01-02", "2026-01-04"):
        materialize(harbour, instance, ["berth_nights"], day=day)
    materialize(harbour, instance, ["hull_surveys"], ["repair_bills"])
    materialize(harbour, instance, *NIGHTLY)
    # What lies downstream is older than this one from now on.
    materialize(harbour, instance, ["raw", "bookings"])
    for name in JOBS:
        harbour.defs.get_job_def(name).execute_in_process(instance=instance, raise_on_error=False)
    # A run that nobody starts.
    instance.create_run_for_job(harbour.defs.get_job_def("count_boats"))


with dg.DagsterInstance.get() as instance:
    make_history(import_module(sys.argv[1]), instance)
