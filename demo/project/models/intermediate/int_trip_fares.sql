{{ config(materialized='ephemeral') }}

select
    trips.trip_id,
    trips.started_at,
    bikes.bike_kind,
    riders.plan,
    tariffs.unlock_fee + tariffs.per_minute * greatest(
        0,
        ceil(date_diff('second', trips.started_at, trips.ended_at) / 60.0)
        - case when riders.plan = 'member' then tariffs.free_minutes_for_members else 0 end
    ) as fare
from {{ ref('stg_rental__trips') }} as trips
inner join {{ ref('stg_rental__bikes') }} as bikes on trips.bike_id = bikes.bike_id
inner join {{ ref('stg_rental__riders') }} as riders on trips.rider_id = riders.rider_id
inner join {{ ref('tariffs') }} as tariffs on bikes.bike_kind = tariffs.bike_kind
