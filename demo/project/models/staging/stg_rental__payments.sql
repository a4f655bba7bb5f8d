select
    payment_id,
    trip_id,
    provider_ref,
    trim(amount_text) as amount_text,
    lower(method) as method,
    status,
    paid_at,
    _loaded_at as loaded_at
from {{ source('rental_app', 'payments') }}
