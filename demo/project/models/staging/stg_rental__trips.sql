select
    trip_id,
    rider_id,
    bike_id,
    start_station_id,
    end_station_id,
    started_at,
    ended_at,
    _loaded_at as loaded_at
from {{ source('rental_app', 'trips') }}
