{{ config(materialized='incremental', unique_key='payment_id') }}

select
    payment_id,
    trip_id,
    provider_ref,
    amount,
    method,
    status,
    paid_at,
    loaded_at
from {{ ref('int_payments_cleaned') }}
{% if is_incremental() %}
where loaded_at > (select max(loaded_at) from {{ this }})
{% endif %}
