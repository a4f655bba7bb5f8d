select
    bike_id,
    bike_kind,
    bought_on,
    state,
    changed_at
from {{ source('rental_app', 'bikes') }}
