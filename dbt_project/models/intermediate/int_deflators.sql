-- One row per financial year for which the price level is known.
with

deflators as (

    select * from {{ ref('gdp_deflators') }}
    where series in ('financial', 'financial_approx') and index is not null

)

select
    period as financial_year,
    {{ year_start('period') }} as starts_in,
    index as price_index,
    series,
    verified,
    source
from deflators
-- the published series where it is known, else the one put together from calendar years
qualify row_number() over (partition by period order by case series when 'financial' then 1 else 2 end) = 1
