select
    station_id,
    station_name,
    zone,
    docks,
    docks // 2 as bikes_on_first_day
from {{ ref('station_zones') }}
