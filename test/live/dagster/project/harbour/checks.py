"""Checks: one for each word that an execution of a check can end with."""

import dagster as dg

from harbour.assets import berths, bookings, clean_bookings, lighthouse_log, occupancy


@dg.asset_check(asset=berths, description="No berth has a length below zero.")
def lengths_are_positive() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True, metadata={"berths": 120})


@dg.asset_check(asset=bookings)
def few_duplicates() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False,
        severity=dg.AssetCheckSeverity.WARN,
        description="Some bookings are there twice.",
        metadata={"duplicates": 4},
    )


@dg.asset_check(asset=clean_bookings, description="Every booking names a boat.")
def every_booking_has_a_boat() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, severity=dg.AssetCheckSeverity.ERROR, metadata={"without_boat": 12}
    )


@dg.asset_check(asset=clean_bookings)
def ends_after_it_begins() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=occupancy)
def below_full() -> dg.AssetCheckResult:
    raise LookupError("Nobody knows how many berths there are.")


@dg.asset_check(asset=lighthouse_log)
def lamp_was_lit() -> dg.AssetCheckResult:
    """Never gets to run, as its asset does not."""
    return dg.AssetCheckResult(passed=True)


CHECKS = [
    lengths_are_positive,
    few_duplicates,
    every_booking_has_a_boat,
    ends_after_it_begins,
    below_full,
    lamp_was_lit,
]
