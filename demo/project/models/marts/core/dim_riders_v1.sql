select
    riders.rider_id,
    riders.plan,
    riders.signed_up_at,
    count(trips.trip_id) as trips,
    min(trips.started_at) as first_trip_at,
    max(trips.started_at) as last_trip_at
from {{ ref('stg_rental__riders') }} as riders
left join {{ ref('fct_trips') }} as trips on riders.rider_id = trips.rider_id
group by all
