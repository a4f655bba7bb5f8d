select ordered_on, sum(amount) as revenue from {{ ref('stg_orders') }} group by ordered_on
