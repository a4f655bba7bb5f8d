{{ config(materialized='table') }}

select
    trips.trip_id,
    trips.rider_id,
    riders.plan,
    trips.bike_id,
    bikes.bike_kind,
    trips.start_station_id,
    trips.end_station_id,
    start_zones.zone as start_zone,
    end_zones.zone as end_zone,
    trips.started_at,
    trips.ended_at,
    date_diff('second', trips.started_at, trips.ended_at) / 60.0 as minutes,
    trips.start_station_id = trips.end_station_id as is_round_trip,
    row_number() over (partition by trips.rider_id order by trips.started_at) as rider_trip_number,
    row_number() over (partition by trips.bike_id order by trips.started_at) as bike_trip_number,
    trips.loaded_at
from {{ ref('stg_rental__trips') }} as trips
left join {{ ref('stg_rental__riders') }} as riders on trips.rider_id = riders.rider_id
left join {{ ref('stg_rental__bikes') }} as bikes on trips.bike_id = bikes.bike_id
left join {{ ref('station_zones') }} as start_zones on trips.start_station_id = start_zones.station_id
left join {{ ref('station_zones') }} as end_zones on trips.end_station_id = end_zones.station_id
