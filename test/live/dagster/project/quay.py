"""The code location `quay`: its only job has the name of one of the harbour's."""

import dagster as dg


@dg.op
def count_bollards() -> int:
    return 12


@dg.job(description="Counts what the boats are tied to.", executor_def=dg.in_process_executor)
def count_boats():
    count_bollards()


defs = dg.Definitions(jobs=[count_boats])
