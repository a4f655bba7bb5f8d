{{ config(materialized='table') }}

select
    payment_id,
    trip_id,
    provider_ref,
    cast(amount_text as decimal(10, 2)) as amount,
    method,
    status,
    paid_at,
    loaded_at
from {{ ref('stg_rental__payments') }}
where status <> 'declined'
