select
    rider_id,
    plan,
    signed_up_at,
    _loaded_at as loaded_at
from {{ source('rental_app', 'riders') }}
