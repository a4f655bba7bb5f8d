select
    bike_kind,
    plan,
    count(*) as trips,
    sum(fare) as takings_by_price_list
from {{ ref('int_trip_fares') }}
where started_at >= cast('{{ run_started_at.strftime("%Y-%m-%d") }}' as timestamp)
group by all
