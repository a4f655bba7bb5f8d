-- depends_on: {{ ref('raw_orders') }}
select order_id, customer_id, ordered_on, amount from {{ source('warehouse', 'raw_orders') }}
