with latest as (
    select *
    from {{ ref('snap_bikes') }}
    where dbt_valid_to is null
),

usage_by_bike as (
    select
        bike_id,
        count(*) as trips,
        sum(minutes) as minutes_ridden,
        max(ended_at) as last_ridden_at
    from {{ ref('fct_trips') }}
    group by bike_id
)

select
    latest.bike_id,
    latest.bike_kind,
    latest.bought_on,
    latest.state,
    latest.dbt_valid_from as in_state_since,
    coalesce(usage_by_bike.trips, 0) as trips,
    coalesce(usage_by_bike.minutes_ridden, 0) as minutes_ridden,
    usage_by_bike.last_ridden_at
from latest
left join usage_by_bike on latest.bike_id = usage_by_bike.bike_id
