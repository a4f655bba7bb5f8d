-- Bikes in each dock, every twenty minutes since the opening day.
-- Adds up every movement before the slot, for every slot, every night.
with movements as (
    select start_station_id as station_id, started_at as moved_at, -1 as change
    from {{ ref('fct_trips') }}
    union all
    select end_station_id, ended_at, 1
    from {{ ref('fct_trips') }}
),

bounds as (
    select
        date_trunc('day', min(moved_at)) as first_slot,
        date_trunc('hour', max(moved_at)) as last_slot
    from movements
),

slots as (
    select
        stations.station_id,
        stations.docks,
        stations.bikes_on_first_day,
        unnest(generate_series(bounds.first_slot, bounds.last_slot, interval 20 minute)) as slot_at
    from {{ ref('dim_stations') }} as stations
    cross join bounds
)

select
    slots.station_id,
    slots.slot_at,
    slots.docks,
    slots.bikes_on_first_day + coalesce(sum(movements.change), 0) as bikes_docked,
    count(movements.change) as movements_so_far
from slots
left join movements
    on slots.station_id = movements.station_id
    and movements.moved_at <= slots.slot_at
group by slots.station_id, slots.slot_at, slots.docks, slots.bikes_on_first_day
