with movements as (
    select start_station_id as station_id, cast(started_at as date) as day, bike_kind, 1 as departures, 0 as arrivals
    from {{ ref('fct_trips') }}
    union all
    select end_station_id, cast(ended_at as date), bike_kind, 0, 1
    from {{ ref('fct_trips') }}
)

select
    movements.day,
    movements.station_id,
    stations.zone,
    movements.bike_kind,
    sum(movements.departures) as departures,
    sum(movements.arrivals) as arrivals
from movements
left join {{ ref('dim_stations') }} as stations on movements.station_id = stations.station_id
group by all
