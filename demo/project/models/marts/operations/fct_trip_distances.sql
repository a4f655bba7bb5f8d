{{ config(materialized='incremental', unique_key='trip_id') }}

-- Takes the pings loaded since the last run. A ping that was sent again
-- replaces the old one; the trip is then measured anew.
with new_pings as (
    select *
    from {{ ref('stg_rental__trip_pings') }}
    {% if is_incremental() %}
    where loaded_at > (select max(loaded_at) from {{ this }})
    {% endif %}
),

one_per_instant as (
    select *
    from new_pings
    qualify row_number() over (partition by trip_id, pinged_at order by loaded_at desc) = 1
),

smoothed as (
    select
        trip_id,
        pinged_at,
        loaded_at,
        avg(lat) over around as lat,
        avg(lon) over around as lon
    from one_per_instant
    window around as (
        partition by trip_id order by pinged_at
        rows between 4 preceding and 4 following
    )
),

steps as (
    select
        trip_id,
        loaded_at,
        lat,
        lon,
        lag(lat) over by_trip as previous_lat,
        lag(lon) over by_trip as previous_lon
    from smoothed
    window by_trip as (partition by trip_id order by pinged_at)
)

select
    trip_id,
    count(*) as pings,
    sum(
        2 * 6371 * asin(sqrt(
            pow(sin(radians(lat - previous_lat) / 2), 2)
            + cos(radians(previous_lat)) * cos(radians(lat))
            * pow(sin(radians(lon - previous_lon) / 2), 2)
        ))
    ) as km,
    max(loaded_at) as loaded_at
from steps
group by trip_id
