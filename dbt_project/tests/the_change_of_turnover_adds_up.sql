-- What a total starts from, what joins, leaves, grows and is corrected, and where it ends: to the penny.
with

changes as (

    select
        cluster_id,
        reporting_year,
        change_starts_from_gbp as starts_from_gbp,
        change_ends_at_gbp as ends_at_gbp,
        change_corrections_gbp
        {%- for part in turnover_change_parts() %}
        + change_{{ part | replace(' ', '_') }}_gbp
        {%- endfor %} as parts_gbp
    from {{ ref('turnover_by_cluster') }}
    where change_reason is null

)

select *
from changes
where {{ rounded('starts_from_gbp + parts_gbp - ends_at_gbp', 2) }} <> 0
