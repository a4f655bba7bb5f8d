-- A day on which more was paid back than taken is a booking error.
select day, sum(takings) as takings, sum(refunds) as refunds
from {{ ref('fct_revenue_daily') }}
group by day
having sum(refunds) > sum(takings)
