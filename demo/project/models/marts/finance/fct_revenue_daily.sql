select
    cast(payments.paid_at as date) as day,
    coalesce(trips.start_zone, 'no zone') as zone,
    trips.bike_kind,
    count(*) as payments,
    sum(case when payments.status = 'paid' then payments.amount else 0 end) as takings,
    sum(case when payments.status = 'refunded' then payments.amount else 0 end) as refunds,
    sum(fares.fare) as list_price
from {{ ref('fct_payments') }} as payments
inner join {{ ref('fct_trips') }} as trips on payments.trip_id = trips.trip_id
left join {{ ref('int_trip_fares') }} as fares on payments.trip_id = fares.trip_id
group by all
