{{ config(materialized='table') }}

-- The kiosks' new firmware writes the amount with a decimal comma.
select
    payment_id,
    trip_id,
    provider_ref,
    cast(replace(amount_text, ',', '.') as decimal(10, 2)) as amount,
    method,
    status,
    paid_at,
    loaded_at
from {{ ref('stg_rental__payments') }}
where status <> 'declined'
