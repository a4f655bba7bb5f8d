select
    date_trunc('month', day) as month,
    zone,
    bike_kind,
    sum(payments) as payments,
    sum(takings) as takings,
    sum(refunds) as refunds,
    sum(takings) - sum(refunds) as net,
    round(sum(refunds) / nullif(sum(takings), 0), 4) as refund_share
from {{ ref('fct_revenue_daily') }}
group by all
