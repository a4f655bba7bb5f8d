"""The harbour for versions that know neither kinds nor today's freshness policies; its jobs of ops are the same."""

import time

import dagster as dg

from harbour.automation import SCHEDULES, SENSORS
from harbour.faults import HullError
from harbour.jobs import JOBS

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-06")

tide_tables = dg.AssetSpec(["almanac", "tide_tables"], group_name="almanac", description="Bought once a year.")


@dg.observable_source_asset(key=["almanac", "weather"], group_name="almanac")
def weather() -> dg.DataVersion:
    return dg.DataVersion("bulletin-7")


@dg.asset(key_prefix="raw", group_name="raw", compute_kind="python", owners=["team:berths"], deps=[tide_tables])
def berths() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"dagster/row_count": 120, "rows": 120})


@dg.asset(key_prefix="raw", group_name="raw", compute_kind="python")
def bookings() -> dg.MaterializeResult:
    time.sleep(0.3)
    return dg.MaterializeResult(metadata={"rows": 3_000})


@dg.asset(
    deps=[berths, bookings],
    group_name="berths",
    compute_kind="sql",
    code_version="2",
    freshness_policy=dg.FreshnessPolicy(maximum_lag_minutes=1),
)
def clean_bookings() -> dg.MaterializeResult:
    time.sleep(0.8)
    return dg.MaterializeResult(metadata={"rows": 2_988})


@dg.asset(deps=[clean_bookings], group_name="berths")
def occupancy() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 31})


@dg.asset(partitions_def=DAYS, group_name="berths")
def berth_nights(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.partition_key == "2026-01-04":
        raise ValueError("Nobody counted on the fourth.")
    return dg.MaterializeResult(metadata={"rows": int(context.partition_key[-1]) * 10})


@dg.multi_asset(
    specs=[dg.AssetSpec("fuel_sales", group_name="quay_shop"), dg.AssetSpec("water_sales", group_name="quay_shop")]
)
def pump_sales():
    yield dg.MaterializeResult(asset_key="fuel_sales", metadata={"rows": 9})
    yield dg.MaterializeResult(asset_key="water_sales", metadata={"rows": 4})


@dg.asset(group_name="repairs")
def hull_surveys() -> None:
    try:
        _ = 10 / 0
    except ZeroDivisionError as error:
        raise HullError("The hull of the tern could not be measured.") from error


@dg.asset(deps=[hull_surveys], group_name="repairs")
def repair_bills() -> None:
    """Never gets to run."""


@dg.asset_check(asset=berths)
def lengths_are_positive() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=bookings)
def few_duplicates() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset_check(asset=clean_bookings)
def every_booking_has_a_boat() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.ERROR)


@dg.asset_check(asset=occupancy)
def below_full() -> dg.AssetCheckResult:
    raise LookupError("Nobody knows how many berths there are.")


assets = [
    *dg.external_assets_from_specs([tide_tables]),
    weather,
    berths,
    bookings,
    clean_bookings,
    occupancy,
    berth_nights,
    pump_sales,
    hull_surveys,
    repair_bills,
]
checks = [lengths_are_positive, few_duplicates, every_booking_has_a_boat, below_full]
berth_assets = dg.AssetSelection.assets(berths, bookings, clean_bookings)

defs = dg.Definitions(
    assets=assets,
    asset_checks=checks,
    jobs=[
        *JOBS,
        dg.define_asset_job("nightly_berths", selection=berth_assets),
        dg.define_asset_job("audit", selection=dg.AssetSelection.assets(occupancy)),
        dg.define_asset_job("berth_night", selection=[berth_nights], partitions_def=DAYS),
        dg.define_asset_job("repairs", selection=[hull_surveys, repair_bills]),
    ],
    schedules=SCHEDULES,
    sensors=SENSORS,
    executor=dg.in_process_executor,
)
