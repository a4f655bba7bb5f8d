{{ config(severity='warn') }}

-- Somebody forgot to lock the bike, or took it home.
select trip_id, bike_id, started_at, ended_at
from {{ ref('fct_trips') }}
where minutes > 24 * 60
