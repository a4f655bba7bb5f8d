select
    date_trunc('week', riders.signed_up_at) as signed_up_week,
    riders.plan,
    date_diff('week', riders.signed_up_at, trips.started_at) as weeks_since,
    count(distinct trips.rider_id) as active_riders,
    count(*) as trips
from {{ ref('dim_riders', v=1) }} as riders
inner join {{ ref('fct_trips') }} as trips on riders.rider_id = trips.rider_id
group by all
