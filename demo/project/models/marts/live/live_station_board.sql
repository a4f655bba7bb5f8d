with movements as (
    select start_station_id as station_id, started_at as moved_at, -1 as change
    from {{ ref('stg_rental__trips') }}
    union all
    select end_station_id, ended_at, 1
    from {{ ref('stg_rental__trips') }}
)

select
    movements.station_id,
    zones.station_name,
    zones.zone,
    sum(movements.change) as change_today,
    count(*) as movements_today,
    max(movements.moved_at) as last_movement_at
from movements
left join {{ ref('station_zones') }} as zones on movements.station_id = zones.station_id
where movements.moved_at >= cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as timestamp)
group by all
