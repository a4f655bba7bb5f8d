with parts as (
    select ticket_id, count(*) as parts, sum(part_cost) as parts_cost
    from {{ ref('stg_workshop__ticket_parts') }}
    group by ticket_id
),

repairs as (
    select
        tickets.bike_id,
        count(*) as tickets,
        count(*) filter (where tickets.status <> 'done') as open_tickets,
        sum(date_diff('minute', tickets.opened_at, coalesce(tickets.closed_at, tickets.loaded_at)) / 60.0) as hours_down,
        sum(parts.parts_cost) as parts_cost
    from {{ ref('stg_workshop__tickets') }} as tickets
    left join parts on tickets.ticket_id = parts.ticket_id
    group by tickets.bike_id
)

select
    bikes.bike_id,
    bikes.bike_kind,
    bikes.state,
    bikes.trips,
    coalesce(repairs.tickets, 0) as tickets,
    coalesce(repairs.open_tickets, 0) as open_tickets,
    round(coalesce(repairs.hours_down, 0), 1) as hours_down,
    coalesce(repairs.parts_cost, 0) as parts_cost
from {{ ref('dim_bikes') }} as bikes
left join repairs on bikes.bike_id = repairs.bike_id
