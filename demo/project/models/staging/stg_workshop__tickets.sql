select
    ticket_id,
    bike_id,
    fault_code,
    status,
    opened_at,
    closed_at,
    _loaded_at as loaded_at
from {{ source('workshop', 'tickets') }}
