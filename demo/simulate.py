"""The two source systems of Pedal Harbour, played from a seed.

`prepare` writes everything that will ever happen into a file of its own;
`load` copies into the landing file what had arrived by a given instant.
Nothing here knows about dbt.
"""

import csv
import math
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

SEED = 20261005
OPENING = date(2026, 10, 5)
LAST_DAY = date(2026, 11, 18)

# The planted events. The dates are those of the source systems.
REGATTA_DOCK_OPENS = datetime(2026, 10, 24, 8)  # dock 25, not in the seed yet
KIOSK_COMMA_FROM = datetime(2026, 10, 27, 17)  # new firmware: "4,50" for "4.50"
HOURLY_COPY_OUT = (datetime(2026, 11, 1, 22), datetime(2026, 11, 2, 8))
PINGS_SENT_AGAIN = (date(2026, 10, 22), date(2026, 11, 2))  # trips of these days,
PINGS_SENT_AGAIN_AT = datetime(2026, 11, 3, 23, 10)  # sent once more at this time
TAP_TO_RIDE_FROM = datetime(2026, 11, 3, 9)  # a payment method nobody announced
WORKSHOP_LAST_EXPORT = datetime(2026, 11, 13, 22)
DOUBLE_BOOKING = [  # card payments between these hours are booked twice
    (datetime(2026, 11, 16, 9), datetime(2026, 11, 16, 15)),
    (datetime(2026, 11, 17, 9), datetime(2026, 11, 17, 15)),
]

DOCKS = [32, 24, 20, 16, 12, 28, 18, 18, 14, 16, 40, 30, 22, 22, 18, 20, 16,
         34, 12, 24, 12, 30, 16, 14]
HOURS = [10, 8, 6, 5, 5, 8, 18, 46, 78, 52, 44, 50, 64, 60, 54, 58, 72, 96,
         84, 62, 46, 36, 26, 16]
TARIFFS = {"city": (1.00, 0.15, 30), "cargo": (2.00, 0.25, 15), "tandem": (2.50, 0.30, 15)}
FAULTS = {"flat tyre": ("inner tube", 6.5), "brakes": ("brake pads", 11.0),
          "chain": ("chain", 18.0), "wheel": ("spokes", 9.5),
          "lock": ("lock unit", 64.0), "light": ("dynamo light", 27.0)}


def arrival(at):
    """The hourly copy runs at ten past, with what happened before the hour."""
    if HOURLY_COPY_OUT[0] <= at < HOURLY_COPY_OUT[1]:
        at = HOURLY_COPY_OUT[1] - timedelta(seconds=1)
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1, minutes=10)


def export_after(at):
    day = at.replace(hour=22, minute=0, second=0, microsecond=0)
    return day if at <= day else day + timedelta(days=1)


def play():
    rng = random.Random(SEED)
    riders, bikes, states, trips, payments, tickets, parts = [], [], [], [], [], [], []

    def add_rider(at):
        plan = rng.choices(["payg", "member", "guest"], [45, 35, 20])[0]
        riders.append((len(riders) + 1, plan, at, arrival(at)))

    start = datetime.combine(OPENING, datetime.min.time())
    for _ in range(1800):
        add_rider(start - timedelta(seconds=rng.randrange(14 * 86400)))
    for bike_id in range(1, 321):
        kind = rng.choices(["city", "cargo", "tandem"], [76, 15, 9])[0]
        bikes.append((bike_id, kind, OPENING - timedelta(days=rng.randrange(30, 400))))
        states.append((bike_id, "in_service", start - timedelta(days=7)))
    kind_of = {b[0]: b[1] for b in bikes}

    day = OPENING
    while day <= LAST_DAY:
        midnight = datetime.combine(day, datetime.min.time())
        for at in sorted(midnight + timedelta(seconds=rng.randrange(86400)) for _ in range(40)):
            add_rider(at)
        count = int((1180 if day.weekday() >= 5 else 1020) * rng.uniform(0.94, 1.06))
        begins = sorted(
            midnight + timedelta(hours=h, seconds=rng.randrange(3600))
            for h in rng.choices(range(24), HOURS, k=count)
        )
        for at in begins:
            docks = DOCKS + [26] if at >= REGATTA_DOCK_OPENS else DOCKS
            here = rng.choices(range(1, len(docks) + 1), docks)[0]
            there = here if rng.random() < 0.12 else rng.choices(range(1, len(docks) + 1), docks)[0]
            seconds = int(60 * min(170, math.exp(rng.gauss(2.75, 0.5))))
            if rng.random() < 0.0005:
                seconds = 86400 + rng.randrange(40000)
            end = at + timedelta(seconds=seconds)
            rider = riders[rng.randrange(len(riders))]
            while rider[2] >= at:
                rider = riders[rng.randrange(len(riders))]
            bike_id = rng.randrange(1, 321)
            trip_id = len(trips) + 1
            trips.append((trip_id, rider[0], bike_id, here, there, at, end, arrival(end)))

            unlock, minute, free = TARIFFS[kind_of[bike_id]]
            minutes = math.ceil(seconds / 60)
            paid = rng.random()
            if rider[1] == "member":
                minutes = max(0, minutes - free)
                if minutes == 0 and paid < 0.6:
                    continue  # within the free minutes, paid with the membership
            amount = min(60.0, unlock + minute * minutes)
            method = "kiosk" if rider[1] == "guest" else rng.choices(["Card", "wallet"], [70, 30])[0]
            if at >= TAP_TO_RIDE_FROM and method != "kiosk" and rng.random() < 0.06:
                method = "tap_to_ride"
            text = f"{amount:.2f}"
            if method == "kiosk" and at >= KIOSK_COMMA_FROM:
                text = text.replace(".", ",")
            status = rng.choices(["paid", "refunded", "declined"], [96, 2, 2])[0]
            paid_at = end + timedelta(seconds=rng.randrange(3, 50))
            ref = f"PH-{trip_id:07d}"
            payments.append((len(payments) + 1, trip_id, ref, text, method, status, paid_at, arrival(paid_at)))
            if method == "Card" and any(a <= paid_at < b for a, b in DOUBLE_BOOKING) and rng.random() < 0.3:
                payments.append((len(payments) + 1, trip_id, ref, text, method, status, paid_at, arrival(paid_at)))

        for _ in range(rng.randrange(9, 18)):
            opened = midnight + timedelta(hours=rng.uniform(7, 19))
            closed = opened + timedelta(hours=rng.uniform(4, 70))
            fault = rng.choice(list(FAULTS))
            bike_id = rng.randrange(1, 321)
            tickets.append((len(tickets) + 1, bike_id, fault, opened.replace(microsecond=0), closed.replace(microsecond=0)))
            part, cost = FAULTS[fault]
            parts.append((len(tickets), part, f"{cost * rng.uniform(0.9, 1.2):.2f}", export_after(opened)))
            states.append((bike_id, "in_workshop", opened.replace(microsecond=0)))
            states.append((bike_id, "in_service", closed.replace(microsecond=0)))
        day += timedelta(days=1)
    return {
        "riders": ("rider_id integer, plan varchar, signed_up_at timestamp, _loaded_at timestamp", riders),
        "bikes": ("bike_id integer, bike_kind varchar, bought_on date", bikes),
        "states": ("bike_id integer, state varchar, changed_at timestamp", states),
        "trips": ("trip_id integer, rider_id integer, bike_id integer, start_station_id integer, "
                  "end_station_id integer, started_at timestamp, ended_at timestamp, _loaded_at timestamp", trips),
        "payments": ("payment_id integer, trip_id integer, provider_ref varchar, amount_text varchar, "
                     "method varchar, status varchar, paid_at timestamp, _loaded_at timestamp", payments),
        "tickets": ("ticket_id integer, bike_id integer, fault_code varchar, opened_at timestamp, "
                    "closed_at timestamp", tickets),
        "parts": ("ticket_id integer, part_name varchar, part_cost varchar, _loaded_at timestamp", parts),
    }


def prepare(future, landing, scratch):
    """Write all that will ever happen to `future`, and empty source tables to `landing`."""
    con = duckdb.connect(str(future))
    for name, (columns, rows) in play().items():
        path = Path(scratch) / f"{name}.csv"
        with open(path, "w", newline="") as file:
            csv.writer(file).writerows(rows)
        con.execute(f"create table {name} ({columns})")
        con.execute(f"copy {name} from '{path}' (header false)")
        path.unlink()
    con.close()

    con = duckdb.connect(str(landing))
    con.execute(f"attach '{future}' as future (read_only)")
    con.execute("create schema rental_app")
    con.execute("create schema workshop")
    for name in ("riders", "trips", "payments"):
        con.execute(f"create table rental_app.{name} as from future.{name} limit 0")
    con.execute("create table rental_app.trip_pings (trip_id integer, pinged_at timestamp, "
                "lat double, lon double, _loaded_at timestamp)")
    con.close()


PINGS = """
insert into rental_app.trip_pings
with batch as (
    select *, date_diff('second', started_at, ended_at) as seconds, {loaded} as arrived
    from future.trips where {where}
),
ticks as (
    select *, unnest(range(0, least(seconds, 7200), {every})) as k from batch
)
select
    trip_id,
    started_at + to_seconds(k),
    round(54 + start_station_id % 5 * 0.009
        + (end_station_id % 5 - start_station_id % 5) * 0.009 * k / seconds
        + (hash(trip_id::bigint * 100003 + k) % 1000) / 1e7 + sin(k / 90.0) / 900, 6),
    round(13 + start_station_id // 5 * 0.012
        + (end_station_id // 5 - start_station_id // 5) * 0.012 * k / seconds
        + (hash(trip_id::bigint * 100019 + k) % 1000) / 1e7 + cos(k / 70.0) / 900, 6),
    arrived
from ticks
"""
PING_EVERY = 4  # seconds


def load(future, landing, since, until):
    """Copy to the landing file what arrived after `since`, up to `until`."""
    con = duckdb.connect(str(landing))
    con.execute("set threads = 2")
    con.execute(f"attach '{future}' as future (read_only)")
    arrived = f"_loaded_at > timestamp '{since}' and _loaded_at <= timestamp '{until}'"
    for name in ("riders", "trips", "payments"):
        con.execute(f"insert into rental_app.{name} from future.{name} where {arrived} order by _loaded_at")
    con.execute(PINGS.format(loaded="_loaded_at", where=arrived, every=PING_EVERY))
    if since < PINGS_SENT_AGAIN_AT <= until:
        first, last = PINGS_SENT_AGAIN
        con.execute(PINGS.format(
            loaded=f"timestamp '{PINGS_SENT_AGAIN_AT}'", every=PING_EVERY,
            where=f"cast(started_at as date) between date '{first}' and date '{last}' "
                  f"and _loaded_at <= timestamp '{until}'"))
    con.execute(f"""
        create or replace table rental_app.bikes as
        select bike_id, bike_kind, bought_on, state, changed_at
        from future.bikes
        join (
            select bike_id, arg_max(state, changed_at) as state, max(changed_at) as changed_at
            from future.states where changed_at <= timestamp '{until}' group by bike_id
        ) using (bike_id)""")
    export = min(export_after(until) - timedelta(days=0 if export_after(until) == until else 1),
                 WORKSHOP_LAST_EXPORT)
    con.execute(f"""
        create or replace table workshop.tickets as
        select ticket_id, bike_id, fault_code,
            case when closed_at <= x then 'done'
                when opened_at < x - interval 1 day then 'waiting_for_parts' else 'open' end as status,
            opened_at,
            case when closed_at <= x then closed_at end as closed_at,
            case when hour(t) < 22 or t = date_trunc('hour', t) and hour(t) = 22
                then date_trunc('day', t) + interval 22 hour
                else date_trunc('day', t) + interval 46 hour end as _loaded_at
        from (
            select *, timestamp '{export}' as x,
                case when closed_at <= timestamp '{export}' then closed_at else opened_at end as t
            from future.tickets where opened_at <= timestamp '{export}'
        )""")
    con.execute(f"""
        create or replace table workshop.ticket_parts as
        from future.parts where _loaded_at <= timestamp '{export}'""")
    con.close()
