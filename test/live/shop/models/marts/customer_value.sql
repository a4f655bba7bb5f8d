select customer_id, sum(amount) as value from {{ ref('stg_orders') }} group by customer_id
