"""Assets: plain, with metadata, partitioned, several of one step, observed, failing, and one never made."""

import time
from datetime import timedelta

import dagster as dg

from harbour.faults import HullError

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_date="2026-01-06")

tide_tables = dg.AssetSpec(
    ["almanac", "tide_tables"], group_name="almanac", description="Bought once a year.", kinds={"csv"}
)


@dg.observable_source_asset(key=["almanac", "weather"], group_name="almanac", description="The office's bulletin.")
def weather() -> dg.ObserveResult:
    return dg.ObserveResult(data_version=dg.DataVersion("bulletin-7"), metadata={"pages": 2})


@dg.asset(
    key_prefix="raw",
    group_name="raw",
    kinds={"python", "duckdb"},
    owners=["team:berths"],
    tags={"tier": "bronze"},
    description="The berths and how long they are.",
    deps=[tide_tables],
)
def berths() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": 120,
            "rows": 120,
            "longest_m": 18.5,
            "source": dg.MetadataValue.url("https://harbour.example/berths"),
            "layout": dg.MetadataValue.json({"pontoons": ["a", "b"]}),
        }
    )


@dg.asset(
    key_prefix="raw",
    group_name="raw",
    kinds={"python"},
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24), warn_window=timedelta(hours=12)),
)
def bookings() -> dg.MaterializeResult:
    time.sleep(0.3)
    return dg.MaterializeResult(metadata={"dagster/row_count": 3_000, "rows": 3_000})


@dg.asset(deps=[berths, bookings], group_name="berths", code_version="2", kinds={"sql"}, tags={"tier": "silver"})
def clean_bookings(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    time.sleep(0.8)
    context.log.info("Twelve bookings name no boat.")
    return dg.MaterializeResult(metadata={"dagster/row_count": 2_988, "share_kept": 0.996})


@dg.asset(
    deps=[clean_bookings],
    group_name="berths",
    kinds={"sql"},
    owners=["harbour.master@harbour.example"],
    freshness_policy=dg.FreshnessPolicy.cron(
        deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=2), timezone="Europe/Lisbon"
    ),
)
def occupancy() -> dg.MaterializeResult:
    time.sleep(0.5)
    return dg.MaterializeResult(metadata={"rows": 31})


@dg.asset(partitions_def=DAYS, group_name="berths", description="One table a day; the fourth of January fails.")
def berth_nights(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    if context.partition_key == "2026-01-04":
        raise ValueError("Nobody counted on the fourth.")
    return dg.MaterializeResult(metadata={"rows": int(context.partition_key[-1]) * 10})


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            "fuel_sales",
            group_name="quay_shop",
            kinds={"python"},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=60)),
        ),
        dg.AssetSpec(
            "water_sales",
            group_name="quay_shop",
            kinds={"python"},
            freshness_policy=dg.FreshnessPolicy.time_window(
                fail_window=timedelta(hours=6), warn_window=timedelta(seconds=60)
            ),
        ),
    ]
)
def pump_sales():
    time.sleep(0.2)
    yield dg.MaterializeResult(asset_key="fuel_sales", metadata={"rows": 9, "litres": 1_250.5})
    yield dg.MaterializeResult(asset_key="water_sales", metadata={"rows": 4})


@dg.asset(group_name="repairs", kinds={"python"})
def hull_surveys() -> None:
    try:
        _ = 10 / 0
    except ZeroDivisionError as error:
        raise HullError("The hull of the tern could not be measured.") from error


@dg.asset(deps=[hull_surveys], group_name="repairs", description="Skipped, since what it is made of fails.")
def repair_bills() -> None:
    """Never gets to run."""


@dg.asset(
    group_name="repairs",
    description="Nobody has ever made it.",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=24)),
)
def lighthouse_log() -> None:
    """Nobody asks for it."""


ASSETS = [
    tide_tables,
    weather,
    berths,
    bookings,
    clean_bookings,
    occupancy,
    berth_nights,
    pump_sales,
    hull_surveys,
    repair_bills,
    lighthouse_log,
]

# The check that raises would fail the whole run: it has a job of its own.
below_full = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey("occupancy"), "below_full"))
nightly_berths = dg.define_asset_job(
    "nightly_berths",
    selection=dg.AssetSelection.assets(["raw", "berths"], ["raw", "bookings"], "clean_bookings", "occupancy")
    - below_full,
    description="Everything about the berths.",
    tags={"team": "berths"},
)
audit = dg.define_asset_job("audit", selection=below_full, owners=["team:office"])
berth_night = dg.define_asset_job("berth_night", selection=["berth_nights"], partitions_def=DAYS)
repairs = dg.define_asset_job("repairs", selection=["hull_surveys", "repair_bills"])
