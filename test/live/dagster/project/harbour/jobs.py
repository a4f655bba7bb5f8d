"""Jobs of ops: one for each way in which a run can end, and each shape that a step key can have."""

import os
import time

import dagster as dg

from harbour.faults import CardError


@dg.op
def count_masts() -> int:
    return 42


@dg.job(description="Counts the boats at their berths.", tags={"team": "berths"})
def count_boats():
    count_masts()


@dg.op(description="Lets the lead line down.")
def lower_line() -> int:
    time.sleep(2.5)
    return 7


@dg.op
def read_line(metres: int) -> int:
    time.sleep(0.2)
    return metres


@dg.graph
def sounding():
    return read_line(lower_line())


@dg.op
def draw_chart(metres: int) -> None:
    time.sleep(0.4)


@dg.job(description="Measures how deep the basin is; slow.")
def survey_basin():
    draw_chart(sounding())


@dg.op
def charge_cards(context: dg.OpExecutionContext) -> int:
    context.log.warning("The terminal at gate 3 answers slowly.")
    try:
        _reach_terminal()
    except ConnectionError as error:
        raise CardError("No card could be charged.") from error
    return 1


def _reach_terminal() -> None:
    try:
        _ = {}["gate 3"]
    except KeyError as error:
        raise ConnectionError("The terminal at gate 3 is off.") from error


@dg.op
def print_receipts(charged: int) -> None:
    """Never gets to run: what it waits for fails."""


@dg.job(description="Fails: an error with a cause, which has a cause.")
def collect_fees():
    print_receipts(charge_cards())


@dg.op(retry_policy=dg.RetryPolicy(max_retries=2, delay=0.3))
def ask_weather_office(context: dg.OpExecutionContext) -> str:
    time.sleep(0.3)
    if context.retry_number == 0:
        raise TimeoutError("The weather office does not answer.")
    return "fair"


@dg.job(description="Succeeds at the second attempt.")
def fetch_forecast():
    ask_weather_office()


@dg.op(retry_policy=dg.RetryPolicy(max_retries=1, delay=0.1))
def hail_lighthouse() -> None:
    raise TimeoutError("The lighthouse does not answer.")


@dg.job(description="Fails at every attempt.")
def check_lighthouse():
    hail_lighthouse()


@dg.op(out=dg.DynamicOut(str))
def list_boats():
    for name in ("heron", "otter", "tern"):
        yield dg.DynamicOutput(name, mapping_key=name)


@dg.op
def inspect_boat(name: str) -> int:
    time.sleep(0.1)
    return len(name)


@dg.op
def file_report(lengths: list[int]) -> int:
    return sum(lengths)


@dg.job(description="One step for each boat.")
def inspect_boats():
    file_report(list_boats().map(inspect_boat).collect())


@dg.op
def write_logbook(context: dg.OpExecutionContext) -> None:
    context.log.debug("Ink is there.")
    context.log.info("Wind from the west.")
    context.log.warning("A line has come loose.")
    context.log.error("A fender is gone.")
    context.log.critical("A boat is adrift.\nIt is the otter.")
    print("said on stdout")


@dg.job(description="Writes log lines at every level.")
def keep_logbook():
    write_logbook()


@dg.resource
def lock_gate(_context):
    raise OSError("The lock gate does not open.")


@dg.op(required_resource_keys={"lock_gate"})
def pass_lock() -> None:
    """Never gets to run: its resource cannot be made."""


@dg.job(resource_defs={"lock_gate": lock_gate}, description="Fails before its op: a resource is missing.")
def open_lock():
    pass_lock()


@dg.op
def sweep_radar() -> None:
    os._exit(3)


@dg.job(
    description="The process of its step dies.",
    executor_def=dg.multiprocess_executor.configured({"max_concurrent": 1}),
)
def watch_radar():
    sweep_radar()


@dg.op
def cut_power() -> None:
    os._exit(4)


@dg.job(description="The process of the run itself dies.")
def test_power():
    cut_power()


@dg.op(config_schema={"seconds": dg.Field(float, default_value=0.2)})
def await_high_water(context: dg.OpExecutionContext) -> None:
    time.sleep(context.op_config["seconds"])


@dg.job(description="Waits as long as it is told to.")
def wait_for_tide():
    await_high_water()


@dg.op
def clear_deck() -> int:
    return 1


@dg.op
def hoist_flag(cleared: int) -> None:
    """Fails until there is a file `flag` in the instance's folder."""
    if not os.path.exists(os.path.join(os.environ["DAGSTER_HOME"], "flag")):
        raise FileNotFoundError("There is no flag.")


@dg.job(description="Fails at first, and succeeds when it goes on from its failure.")
def dress_ship():
    hoist_flag(clear_deck())


JOBS = [
    count_boats,
    survey_basin,
    collect_fees,
    fetch_forecast,
    check_lighthouse,
    inspect_boats,
    keep_logbook,
    open_lock,
    watch_radar,
    test_power,
    wait_for_tide,
    dress_ship,
]
