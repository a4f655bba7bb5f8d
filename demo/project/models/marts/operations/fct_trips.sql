{{ config(materialized='incremental', unique_key='trip_id') }}

select
    trip_id,
    rider_id,
    plan,
    bike_id,
    bike_kind,
    start_station_id,
    end_station_id,
    start_zone,
    end_zone,
    started_at,
    ended_at,
    minutes,
    is_round_trip,
    rider_trip_number,
    loaded_at
from {{ ref('int_trips_enriched') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
