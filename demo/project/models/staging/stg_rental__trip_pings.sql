select
    trip_id,
    pinged_at,
    lat,
    lon,
    _loaded_at as loaded_at
from {{ source('rental_app', 'trip_pings') }}
