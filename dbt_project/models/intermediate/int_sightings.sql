-- One row per alert that was ever published by tonight, with the nights on which it was seen.
with

nights as (

    select
        seen_on,
        row_number() over (order by seen_on) as night
    from {{ source('operations', 'nights') }}
    where seen_on <= cast('{{ var("as_of") }}' as date)

),

last_night as (

    select
        max(seen_on) as seen_on,
        max(night) as night
    from nights

),

spells as (

    select * from {{ source('operations', 'spells') }}
    where first_on <= cast('{{ var("as_of") }}' as date)

),

counted as (

    -- a spell that goes on after the day as of which the night counts is cut there
    select
        spells.alert_id,
        spells.first_on,
        least(spells.last_on, last_night.seen_on) as last_on,
        coalesce(lasts.night, last_night.night) - firsts.night + 1 as times_seen
    from spells
    cross join last_night
    inner join nights as firsts on spells.first_on = firsts.seen_on
    left join nights as lasts on spells.last_on = lasts.seen_on

)

select
    alert_id,
    min(first_on) as first_seen_on,
    max(last_on) as last_seen_on,
    cast(sum(times_seen) as integer) as times_seen,
    -- a night that is run a second time on its day counts once
    cast(
        sum(times_seen) - case when max(last_on) = cast('{{ var("as_of") }}' as date) then 1 else 0 end as integer
    ) as times_seen_before
from counted
group by alert_id
