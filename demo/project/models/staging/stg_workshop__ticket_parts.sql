select
    ticket_id,
    part_name,
    cast(part_cost as decimal(8, 2)) as part_cost,
    _loaded_at as loaded_at
from {{ source('workshop', 'ticket_parts') }}
