select
    riders.rider_id,
    riders.plan,
    riders.signed_up_at,
    mode(trips.start_zone) as home_zone,
    count(trips.trip_id) as trips,
    round(coalesce(sum(distances.km), 0), 1) as km_ridden,
    min(trips.started_at) as first_trip_at,
    max(trips.started_at) as last_trip_at
from {{ ref('stg_rental__riders') }} as riders
left join {{ ref('fct_trips') }} as trips on riders.rider_id = trips.rider_id
left join {{ ref('fct_trip_distances') }} as distances on trips.trip_id = distances.trip_id
group by riders.rider_id, riders.plan, riders.signed_up_at
